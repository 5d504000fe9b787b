import { writeSync } from 'node:fs'
import { asFault, errnoOf } from '../src/base/fault.ts'
import { exitCode, later, oneLine, type Answer } from './_answer.ts'
import { chunksFrom } from './_chunks-from.ts'
import { deliver } from './_deliver.ts'
import { helpText, readOptions, type Options } from './_options.ts'
import { openService } from './_service.ts'
import { sinceStart } from './_since-start.ts'

/** Seconds beyond the deadline to read the rest of a mail that is to be kept. */
const graceSeconds = 60

/** When Postfix must have its answer, in milliseconds of sinceStart(). */
let deadlineAt = Infinity

/** Once the mail is taken or kept, no later trouble may make Postfix send it again. */
let settled = false

process.on('uncaughtException', (thrown) => leave(troubleAnswer(thrown)))
run(process.argv.slice(2)).catch((thrown: unknown) => leave(troubleAnswer(thrown)))

async function run(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv)
  switch (options.task) {
    case 'help':
      return end(0, helpText())
    case 'check': {
      const { check } = await import('./_check.ts')
      return end((await check(options, (line) => print(`${line}\n`))) ? 0 : 75)
    }
    case 'flush':
      return await handOverKept(options)
    case 'deliver':
      deadlineAt = options.deadline * 1000
      setTimeout(
        () => leave(later('4.4.7', 'the mail did not come to its end in time')),
        deadlineAt + graceSeconds * 1000,
      )
      return leave(await deliver(options, chunksFrom(process.stdin), () => (settled = true)))
  }
}

async function handOverKept(options: Options): Promise<void> {
  const { openShelf } = await import('./_shelf.ts')
  const { flush } = await import('./_flush.ts')
  const shelf = await openShelf(options.fallbackDir ?? '')
  const done = await flush(await openService(options), shelf, {
    mails: Infinity,
    beginUntil: Infinity,
    forOne: () => options.deadline * 1000,
  })
  const refused = await shelf.refused()
  const sum = `handed over: ${done.handedOver}, left: ${done.left}, refused for good: ${refused}`
  end(done.left === 0 ? 0 : 75, [sum, ...done.notes, ''].join('\n'))
}

/** Our own mistakes and the operator's pass, once somebody mends them; no mail may bounce by them. */
function troubleAnswer(thrown: unknown): Answer {
  const fault = asFault(thrown)
  const status = fault.code === 'badUsage' ? '4.3.5' : fault.kind.status
  return later(status.startsWith('4') ? status : '4.3.0', fault.message)
}

function leave(answer: Answer): void {
  if (settled && exitCode(answer) !== 0) return end(0, `2.0.0 taken; then: ${answer.message}\n`)
  end(exitCode(answer), `${answer.status} ${oneLine(answer.message)}\n`)
}

/** Postfix waits for our end, whatever is still open by then: the pipe with the rest of a mail. */
function end(code: number, text = ''): void {
  print(text)
  // exit() would wait for a name service or a disk that does not answer; Postfix returns a mail when
  // it has waited for too long, but not when the program was killed.
  if (code === 75 && sinceStart() > deadlineAt && isStuck()) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}

function isStuck(): boolean {
  return process.getActiveResourcesInfo().some((what) => /^(GetAddrInfo|FSReq)/.test(what))
}

function print(text: string): void {
  try {
    writeSync(1, text)
  } catch (thrown) {
    // Nobody reads it; the exit code says the same.
    if (errnoOf(thrown) === undefined) throw thrown
  }
}
