import { bytesFromText } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { throughRelay } from '../flows/house.ts'
import { logEventsTo } from '../flows/log-events.ts'
import { deliverPending } from '../flows/pending.ts'
import { sendInMode } from '../flows/send-mode.ts'
import { sendPost } from '../flows/send-post.ts'
import { command } from './_command.ts'

/** Sends a mail out (spec spool 4.4), or what still waits in the queue of a list. */
export const send = command({
  name: 'send',
  summary: 'send a mail to the subscribers of a list or to somebody else',
  example: '-L /var/spool/mlmmj/talk -m /var/spool/mlmmj/talk/queue/0123456789abcdef',
  options: {
    list: { type: 'string', short: 'L', placeholder: 'DIR', help: 'the list directory' },
    mail: { type: 'string', short: 'm', placeholder: 'FILE', help: 'the mail' },
    mode: {
      type: 'string',
      short: 'l',
      placeholder: 'N',
      help: '1 one mail, 2 to the moderators, 3 resend a post, 4 to the addresses in a file, 5 probe, 6 a post to one person, 7 digest; a post to everybody unless given',
    },
    'no-archive': { type: 'boolean', short: 'a', help: 'do not archive the mail' },
    keep: { type: 'boolean', short: 'D', help: 'do not remove the file of the mail afterwards' },
    from: { type: 'string', short: 'F', placeholder: 'ADDRESS', help: 'the envelope sender' },
    to: { type: 'string', short: 'T', placeholder: 'ADDRESS', help: 'the envelope recipient' },
    'reply-to': {
      type: 'string',
      short: 'R',
      placeholder: 'ADDRESS',
      help: 'put a Reply-To: header in front of the others',
    },
    recipients: {
      type: 'string',
      short: 's',
      placeholder: 'FILE',
      help: 'the file of addresses that modes 3 and 4 send to',
    },
    omit: {
      type: 'string',
      short: 'o',
      placeholder: 'ADDRESS',
      help: 'a subscriber that gets no copy',
    },
    relay: {
      type: 'string',
      short: 'r',
      placeholder: 'HOST',
      help: 'send through this host, this time',
    },
    pending: { type: 'boolean', help: 'deliver all that waits in the queue of the list' },
  },
  delivers: true,
  faults: [
    'notThere',
    'spoolTrouble',
    'spoolFull',
    'busy',
    'noSuchList',
    'badSettings',
    'noSuchFile',
  ],
  async run(values, { house, stderr }) {
    const { list, mail, mode, pending } = values
    if (list === undefined || (mail === undefined) !== pending)
      throw new Fault('badUsage', '-L (--list) and one of -m (--mail) and --pending must be given')
    await actAsOwner(list, 'required')
    logEventsTo(house, list)
    const waiting = async (left: number) => {
      if (left > 0) await stderr.write(`mlmmj-send: ${left} recipients wait for the next run\n`)
    }
    const here = values.relay === undefined ? house : throughRelay(house, values.relay)
    if (mail === undefined) {
      if ((await deliverPending(here, list)) === 0) return
      throw new Fault('busy', 'not everything could be delivered; the rest waits for the next run')
    }
    if (mode !== undefined) {
      const left = await sendInMode(here, list, {
        mode,
        mail,
        from: bytesOf(values.from),
        to: bytesOf(values.to),
        replyTo: bytesOf(values['reply-to']),
        recipients: values.recipients,
        keep: values.keep,
      })
      return await waiting(left)
    }
    const { left } = await sendPost(here, list, mail, {
      archive: !values['no-archive'],
      keep: values.keep,
      omit: bytesOf(values.omit),
    })
    if (left > 0)
      await stderr.write(`mlmmj-send: ${left} recipients wait for the next run
`)
  },
})

function bytesOf(typed: string | undefined): string | undefined {
  return typed === undefined ? undefined : bytesFromText(typed)
}
