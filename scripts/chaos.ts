import { parseArgs } from 'node:util'
import { campaign, type Tally } from '../test/chaos/_campaign.ts'
import { subjects } from '../test/chaos/_subjects.ts'

/*
 * npm run chaos -- [--kills N] [--seed S] [--named N] [--troubles N] [--only WORD] [--at-once N]
 *
 * Kills our programs (SIGKILL) before each step by which they change the spool or hear from the relay,
 * and at N random steps and times. After each kill the next mail comes and maintenance runs; then
 * nobody may miss a mail that was accepted, and nobody have one twice but those whose answer was on
 * its way. --named N takes N steps of each subject instead of all;
 * --troubles N lets calls fail (no room, no permission, no file descriptors, a broken disk) N times.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    named: { type: 'string', default: 'Infinity' },
    troubles: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    'at-once': { type: 'string', default: '2' },
  },
})

let told = 0
const chosen = subjects.filter(({ name }) => name.includes(values.only))
const tally = await campaign({
  subjects: chosen,
  kills: Number(values.kills),
  seed: Number(values.seed),
  named: Number(values.named),
  troubles: Number(values.troubles),
  atOnce: Number(values['at-once']),
  progress,
})
const { rounds, kills, lost, duplicates, bound } = tally
console.log(`${rounds} runs, ${kills} of them killed, of ${chosen.length} subjects`)
console.log(`lost ${lost}, duplicates ${duplicates}, bound ${bound}`)
if (tally.complaints.length > 0) process.exitCode = 1

function progress({ rounds: done, complaints }: Tally, of: number): void {
  if (told < complaints.length && process.stderr.isTTY) process.stderr.write('\r')
  while (told < complaints.length) console.log(complaints[told++])
  const line = `${done} of ${of} runs, ${complaints.length} complaints`
  if (process.stderr.isTTY) process.stderr.write(`\r${line}${done === of ? '\n' : ''}`)
  else if (done % 100 === 0) process.stderr.write(`${line}\n`)
}
