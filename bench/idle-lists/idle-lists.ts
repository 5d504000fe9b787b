import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scratchList } from '../../test/_list.ts'
import { measure, median, table } from '../_measure.ts'

// How long does a maintenance run take over lists with nothing to do?
// npm run bench -- idle-lists [LISTS [ROUNDS]]
const lists = Number(process.argv[2] ?? 1_000)
const rounds = Number(process.argv[3] ?? 11)

const spool = await mkdtemp(join(tmpdir(), 'mlmmj-bench-'))
try {
  const lastdigest = `7:${Math.floor(Date.now() / 1_000)}:1\n`
  for (let n = 0; n < lists; n++) {
    // Half of them never had a post.
    const files = n % 2 === 0 ? {} : { index: '7', lastdigest, 'archive/7': 'Subject: x\n\n' }
    await scratchList({ address: `list${n}@example.org`, below: spool, files })
  }
  const rivals = {
    'mlmmj-ts': ['node', 'dist/mlmmj-maintd.cjs'],
    'mlmmj 1.3.0': ['/usr/bin/mlmmj-maintd'],
  } as const
  const results = new Map(Object.keys(rivals).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++)
    for (const [name, [program, ...before]] of Object.entries(rivals))
      results.get(name)?.push((await measure(program, [...before, '-F', '-d', spool])).ms)
  const took = (name: string) => median(results.get(name) ?? [])
  process.stdout.write(
    `${table([
      ['program', 'lists', 'ms', 'to mlmmj 1.3.0'],
      ...Object.keys(rivals).map((name) => [
        name,
        String(lists),
        took(name).toFixed(0),
        `x${(took('mlmmj 1.3.0') / took(name)).toPrecision(2)} as fast`,
      ]),
    ])}\n`,
  )
} finally {
  await rm(spool, { recursive: true, force: true })
}
