import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scratchList } from '../../test/_list.ts'
import { measure, median, table } from '../_measure.ts'

// How long does a maintenance run take over lists with nothing to do?
// npm run bench -- idle-lists [LISTS [ROUNDS]]
const lists = Number(process.argv[2] ?? 1_000)
const rounds = Number(process.argv[3] ?? 11)

// A spool for each, as they would find each other's logs otherwise.
const rivals = [
  { name: 'mlmmj-ts', command: ['node', 'dist/mlmmj-maintd.cjs'], spool: await spoolOf(lists) },
  { name: 'mlmmj 1.3.0', command: ['/usr/bin/mlmmj-maintd'], spool: await spoolOf(lists) },
] as const
try {
  const results = new Map(rivals.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++)
    for (const { name, command, spool } of rivals) {
      const [program, ...before] = command
      const { ms } = await measure(program, [...before, '-F', '-d', spool])
      // The first run finds no log of another one.
      if (round > 0) results.get(name)?.push(ms)
    }
  const took = (name: string) => median(results.get(name as (typeof rivals)[number]['name']) ?? [])
  process.stdout.write(
    `${table([
      ['program', 'lists', 'ms', 'to mlmmj 1.3.0'],
      ...rivals.map(({ name }) => [
        name,
        String(lists),
        took(name).toFixed(0),
        `x${(took('mlmmj 1.3.0') / took(name)).toPrecision(2)} as fast`,
      ]),
    ])}\n`,
  )
} finally {
  for (const { spool } of rivals) await rm(spool, { recursive: true, force: true })
}

async function spoolOf(lists: number): Promise<string> {
  const spool = await mkdtemp(join(tmpdir(), 'mlmmj-bench-'))
  const lastdigest = `7:${Math.floor(Date.now() / 1_000)}:1\n`
  for (let n = 0; n < lists; n++) {
    // Half of them never had a post.
    const files = n % 2 === 0 ? {} : { index: '7', lastdigest, 'archive/7': 'Subject: x\n\n' }
    await scratchList({ address: `list${n}@example.org`, below: spool, files })
  }
  return spool
}
