import { bytesFromText } from '../base/bytes.ts'
import { asFault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { logEventsTo } from '../flows/log-events.ts'
import { receive as receiveMail } from '../flows/receive.ts'
import { command } from './_command.ts'
import { ensureWorker, wishForWorker } from './_worker.ts'

/** Takes a mail from a mail server (spec spool 4.2). `mlmmj-recieve` is the same program. */
export const receive = command({
  name: 'receive',
  summary: 'take a mail for a list from standard input',
  example: '-L /var/spool/mlmmj/talk < mail',
  door: 'mail',
  options: {
    list: {
      type: 'string',
      short: 'L',
      required: true,
      placeholder: 'DIR',
      help: 'the list directory',
    },
    sender: {
      type: 'string',
      short: 's',
      placeholder: 'ADDRESS',
      help: 'the envelope sender, instead of SENDER in the environment',
    },
    extension: {
      type: 'string',
      short: 'e',
      placeholder: 'WORD',
      help: 'what follows the + in the recipient, instead of EXTENSION in the environment',
    },
    foreground: {
      type: 'boolean',
      short: 'F',
      help: 'return when the mail is processed, not when it is stored',
    },
    'no-worker': {
      type: 'boolean',
      help: 'start no worker; end with 3 when the mail is stored and one is wanted',
    },
    worker: { type: 'boolean', help: 'take no mail; be the worker that was wanted' },
    'store-only': { type: 'boolean', short: 'P', help: 'store the mail and do nothing more' },
  },
  delivers: true,
  faults: ['spoolTrouble', 'spoolFull', 'busy', 'noSuchList', 'badSettings'],
  async run(
    { list, sender, extension, foreground, 'store-only': storeOnly, worker, ...values },
    { house, arrival, stdin, stderr },
  ) {
    await actAsOwner(list, 'required')
    logEventsTo(house, list)
    if (worker) {
      const { drainIncoming } = await import('../flows/drain-incoming.ts')
      return await drainIncoming(house, list)
    }
    const id = await receiveMail(house, list, stdin, {
      sender: sender === undefined ? arrival.sender : bytesFromText(sender),
      extension: extension === undefined ? arrival.extension : bytesFromText(extension),
    })
    if (storeOnly) return 0
    try {
      if (!foreground && values['no-worker']) return await wishForWorker(list)
      if (!foreground) return await ensureWorker(list)
      const { processNow } = await import('../flows/process-now.ts')
      await processNow(house, list, id)
    } catch (thrown) {
      // It is stored: a mail server that tried again would make a second mail of it.
      await stderr.write(`mlmmj-receive: stored, but ${asFault(thrown).message}\n`)
    }
  },
})
