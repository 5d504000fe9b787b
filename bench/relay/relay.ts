import { existsSync } from 'node:fs'
import { table } from '../_measure.ts'
import {
  debian,
  letterOf,
  listOf,
  ranking,
  rounds,
  sending,
  sourcing,
  type Rival,
} from '../_senders.ts'
import { bareClient } from './_bare-client.ts'
import { holdingPostfix } from '../_holding-postfix.ts'

// How fast does a real Postfix take a post from us, with XVERP and without?
// npm run bench -- relay [RECIPIENTS [ROUNDS]]
const recipients = Number(process.argv[2] ?? 50_000)
const times = Number(process.argv[3] ?? 5)
const single = Math.min(8_000, recipients)
const sample = Math.min(200, recipients)
const bytes = 4_096
const letter = letterOf(bytes)

await using postfix = await holdingPostfix()
const port = postfix.port
await using list = await listOf(recipients, port)
await using verp = await listOf(recipients, port, { verp: 'postfix\n', maxverprecips: '1000\n' })
await using small = await listOf(sample, port)

const grouped = sourcing(port, { recipients, bytes, sessions: 4, group: 1_000, different: true })
const groups: Rival[] = [
  sending('mlmmj-ts (XVERP by itself)', list, { recipients, letter }),
  grouped,
]
if (existsSync(debian[0]))
  groups.push(
    sending('mlmmj 1.3.0, verp and maxverprecips 1000', verp, {
      recipients,
      letter,
      program: debian,
    }),
    sending('mlmmj 1.3.0', small, { recipients: sample, letter, program: debian }),
  )
await show(groups, grouped)

// One recipient a mail: what any client can reach, with much going on at once and with little.
for (const [sessions, few] of [
  [10, single],
  [1, Math.ceil(single / 4)],
] as const) {
  await using plain = await listOf(few, port, { maxverprecips: '1\n' })
  const separate = sourcing(port, { recipients: few, bytes, sessions, different: true })
  const bare = { recipients: few, sessions, mail: letter.replaceAll('\n', '\r\n') }
  await show(
    [
      sending(`mlmmj-ts, ${sessions} connection${sessions === 1 ? '' : 's'}, no XVERP`, plain, {
        ...{ recipients: few, letter, connections: sessions },
      }),
      bareClient(port, { ...bare, verp: true }),
      bareClient(port, { ...bare, verp: false }),
      separate,
    ],
    separate,
  )
}

async function show(rivals: readonly Rival[], yardstick: Rival): Promise<void> {
  // Each begins with an empty queue.
  const clean = rivals.map((rival) => ({
    ...rival,
    run: async () => {
      const measured = await rival.run()
      await postfix.forget(rival.recipients)
      return measured
    },
  }))
  const first = clean[rivals.indexOf(yardstick)] ?? yardstick
  process.stdout.write(`${table(ranking(await rounds(times, clean, undefined), first))}\n\n`)
}
