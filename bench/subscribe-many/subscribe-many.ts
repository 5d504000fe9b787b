import { writeFileSync } from 'node:fs'
import { address, bigList, firstLetters } from '../_big-list.ts'
import { measure, median, table } from '../_measure.ts'

// How long does it take to subscribe 100,000 people? With mlmmj 1.3.0 that is a loop around mlmmj-sub;
// it is run for a few of them, on a list that has half of the others already, and scaled.
// npm run bench -- subscribe-many [PEOPLE [ROUNDS [FEW]]]
const people = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 5)
const few = Number(process.argv[4] ?? 200)
const letters = firstLetters('as names begin')

const [ours, loop]: [number[], number[]] = [[], []]
for (let round = 0; round < rounds; round++) {
  await using empty = await bigList(0, 'as names begin')
  const file = empty.path('addresses')
  const lines = Array.from({ length: people }, (_, n) => `${address(letters, n)}\n`)
  writeFileSync(file, lines.join(''))
  const args = ['dist/mlmmj-sub.cjs', '-L', empty.dir, '--file', file]
  ours.push((await measure('node', args)).ms)
  const there = (await empty.members()).length
  if (there !== people) throw new Error(`${there} of ${people} were subscribed`)

  await using half = await bigList(people / 2, 'as names begin')
  const began = performance.now()
  for (let n = 0; n < few; n++)
    await measure('/usr/bin/mlmmj-sub', ['-L', half.dir, '-a', address(letters, people + n)])
  loop.push(((performance.now() - began) / few) * people)
  const joined = (await half.members()).length - people / 2
  if (joined !== few) throw new Error(`${joined} of ${few} were subscribed by mlmmj 1.3.0`)
}

const row = (name: string, all: readonly number[]) => [
  name,
  (median(all) / 1_000).toFixed(1),
  `x${(median(loop) / median(all)).toPrecision(3)}`,
]
process.stdout.write(
  `${table([
    ['program', `seconds for ${people}`, 'to the loop'],
    row('mlmmj-sub --file', ours),
    row(`mlmmj 1.3.0, a loop of mlmmj-sub (${few} of them, scaled)`, loop),
  ])}\n`,
)
