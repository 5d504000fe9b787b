import { CountingSink } from '../_counting-sink.ts'
import { table } from '../_measure.ts'
import { letterOf, listOf, ranking, rounds, sending, sourcing } from '../_senders.ts'
import { delayingProxy } from './_delaying-proxy.ts'

// How much does it matter that the relay is 20 ms away?
// npm run bench -- distance [RECIPIENTS [ROUNDS]]
const recipients = Number(process.argv[2] ?? 3_000)
const times = Number(process.argv[3] ?? 5)
const bytes = 4_096

await using sink = await CountingSink.start()
await using proxy = await delayingProxy(sink.port, 10)
await using list = await listOf(recipients, proxy.port)
// smtp-source waits for each reply before it says the next command.
const source = sourcing(proxy.port, { recipients, bytes, sessions: 10 })
const rivals = [
  sending('mlmmj-ts, 10 connections', list, {
    recipients,
    letter: letterOf(bytes),
    connections: 10,
  }),
  source,
]
process.stdout.write(`${table(ranking(await rounds(times, rivals, sink), source))}\n`)
