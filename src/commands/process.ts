import { Fault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { drainIncoming } from '../flows/drain-incoming.ts'
import { logEventsTo } from '../flows/log-events.ts'
import { processFile } from '../flows/process-now.ts'
import { command } from './_command.ts'

/** Decides what becomes of a stored mail (spec spool 4.3). */
export const process = command({
  name: 'process',
  summary: 'process a mail that was stored for a list',
  example: '-L /var/spool/mlmmj/talk -m /var/spool/mlmmj/talk/incoming/0123456789abcdef',
  door: 'mail',
  options: {
    list: {
      type: 'string',
      short: 'L',
      required: true,
      placeholder: 'DIR',
      help: 'the list directory',
    },
    mail: {
      type: 'string',
      short: 'm',
      placeholder: 'FILE',
      help: 'the mail; it is moved or removed once it is processed',
    },
    'no-send': {
      type: 'boolean',
      short: 'P',
      help: 'do everything but send a post to the subscribers',
    },
    worker: {
      type: 'boolean',
      help: 'process and deliver all that waits in incoming/, unless somebody is at it already',
    },
  },
  delivers: true,
  faults: ['spoolTrouble', 'spoolFull', 'busy', 'noSuchList', 'badSettings', 'noSuchFile'],
  async run({ list, mail, worker, 'no-send': noSend }, { house }) {
    if ((mail === undefined) !== worker)
      throw new Fault('badUsage', 'one of -m (--mail) and --worker must be given')
    await actAsOwner(list, 'required')
    logEventsTo(house, list)
    if (mail === undefined) await drainIncoming(house, list)
    else await processFile(house, list, mail, !noSend)
  },
})
