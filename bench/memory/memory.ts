import { CountingSink } from '../_counting-sink.ts'
import { table } from '../_measure.ts'
import { letterOf, listOf, rounds, sending } from '../_senders.ts'

// How much memory does a post take while it is sent, by its size and its recipients? Each once: what
// counts is the most that a run ever held.
// npm run bench -- memory [RECIPIENTS OF THE LARGE POST]
const ofLarge = Number(process.argv[2] ?? 1_000)
const large = 26_214_400
const posts: readonly (readonly [bytes: number, recipients: number])[] = [
  [4_096, 1_000],
  [4_096, 100_000],
  [large, 10],
  [large, ofLarge],
]

await using sink = await CountingSink.start()
const rows: string[][] = [['bytes of the post', 'recipients', 'most MB', 'seconds']]
for (const [bytes, recipients] of posts) {
  await using list = await listOf(recipients, sink.port)
  const rival = sending('', list, { recipients, letter: letterOf(bytes), connections: 10 })
  const measured = (await rounds(1, [rival], sink)).get(rival) ?? []
  for (const { mb, ms } of measured)
    rows.push([String(bytes), String(recipients), mb.toFixed(0), (ms / 1_000).toFixed(1)])
}
process.stdout.write(`${table(rows)}\n`)
