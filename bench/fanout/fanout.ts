import { existsSync } from 'node:fs'
import { CountingSink } from '../_counting-sink.ts'
import { table } from '../_measure.ts'
import { debian, letterOf, listOf, ranking, rounds, sending, sourcing } from '../_senders.ts'

// How long does one post to a large list take, from the command to the last recipient's 250?
// npm run bench -- fanout [RECIPIENTS [ROUNDS]]
const recipients = Number(process.argv[2] ?? 100_000)
const times = Number(process.argv[3] ?? 5)
const few = Math.min(200, recipients)
const some = Math.min(10_000, recipients)
const bytes = 4_096
const letter = letterOf(bytes)

await using sink = await CountingSink.start()
await using list = await listOf(recipients, sink.port)
await using dressed = await listOf(recipients, sink.port, {
  addtohdr: '',
  footer: '-- \nTo leave, write to talk+unsubscribe@example.org\n',
})
await using small = await listOf(few, sink.port)
await using groups = await listOf(recipients, sink.port, { verp: '' })
await using fewGroups = await listOf(some, sink.port, { verp: '' })

const whole = { recipients, letter }
const groupsOf100 = { ...whole, mails: Math.ceil(recipients / 100) }
const source = sourcing(sink.port, { recipients, bytes, sessions: 4 })
const rivals = [
  sending('mlmmj-ts, 4 connections', list, whole),
  sending('mlmmj-ts, 10 connections', list, { ...whole, connections: 10 }),
  sending('mlmmj-ts, addtohdr and footer', dressed, whole),
  sending('mlmmj-ts, groups of 100 (verp)', groups, groupsOf100),
  source,
  sourcing(sink.port, { recipients, bytes, sessions: 10 }),
]
if (existsSync(debian[0]))
  rivals.push(
    sending('mlmmj 1.3.0', small, { ...whole, recipients: few, program: debian }),
    sending('mlmmj 1.3.0, groups of 100 (verp)', fewGroups, {
      recipients: some,
      letter,
      mails: Math.ceil(some / 100),
      program: debian,
    }),
  )
process.stdout.write(`${table(ranking(await rounds(times, rivals, sink), source))}\n`)
