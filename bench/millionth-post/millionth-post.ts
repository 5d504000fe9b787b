import { closeSync, openSync } from 'node:fs'
import { post } from '../../test/_mail.ts'
import { type ScratchList, scratchList } from '../../test/_list.ts'
import { CountingSink } from '../_counting-sink.ts'
import { measure, median, table } from '../_measure.ts'

// What does a post cost when the archive has a million others, and what a digest of it?
// npm run bench -- millionth-post [POSTS [ROUNDS]]
const many = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 11)

await using sink = await CountingSink.start()
await using young = await listWith(99)
await using old = await listWith(many - 1)

const steps = {
  'a post, from mlmmj-receive to the relay': (list: ScratchList) =>
    through(list, 'mlmmj-receive', post(), '-F'),
  'its digest, by mlmmj-maintd': (list: ScratchList) => through(list, 'mlmmj-maintd', '', '-F'),
  'get-50, an old post by mail': (list: ScratchList) =>
    through(list, 'mlmmj-receive', post({ to: 'talk+get-50@example.org' }), '-F'),
} as const

const results = new Map<string, [number[], number[]]>()
for (let round = 0; round < rounds; round++)
  for (const [name, step] of Object.entries(steps)) {
    const [fewer, more] = results.get(name) ?? [[], []]
    // Who is first takes turns as well.
    for (const list of round % 2 === 0 ? [young, old] : [old, young])
      (list === young ? fewer : more).push(await sink.taking(1, () => step(list)))
    results.set(name, [fewer, more])
  }

process.stdout.write(
  `${table([
    ['what', 'ms, post 100 and on', `ms, post ${many} and on`, 'ratio'],
    ...[...results].map(([name, [fewer, more]]) => [
      name,
      `${median(fewer).toFixed(0)} (${spread(fewer)})`,
      `${median(more).toFixed(0)} (${spread(more)})`,
      `x${(median(more) / median(fewer)).toFixed(2)}`,
    ]),
  ])}\n`,
)

/** A list of two readers, one of posts and one of digests, whose posts are empty files. */
async function listWith(posts: number): Promise<ScratchList> {
  const list = await scratchList({
    port: sink.port,
    subscribers: ['joe@example.org'],
    digesters: ['dan@example.net'],
    control: { digestmaxmails: '1\n' },
    files: { index: `${posts}`, lastdigest: `${posts}:${Math.floor(Date.now() / 1_000)}:1\n` },
  })
  for (let number = 1; number <= posts; number++)
    closeSync(openSync(list.path('archive', `${number}`), 'w', 0o600))
  await list.write('archive/50', post())
  return list
}

async function through(
  list: ScratchList,
  program: string,
  input: string,
  flag: string,
): Promise<number> {
  await list.write('input', input)
  const command = `exec node dist/${program}.cjs ${flag} -L '${list.dir}' < '${list.path('input')}'`
  return (await measure('/bin/sh', ['-c', command])).ms
}

function spread(all: readonly number[]): string {
  return `${Math.min(...all).toFixed(0)}–${Math.max(...all).toFixed(0)}`
}
