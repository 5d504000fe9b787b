import { bytesFromText } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { mustNotBeTooMany } from '../flows/answer-limits.ts'
import { logEventsTo } from '../flows/log-events.ts'
import { openList } from '../flows/open-list.ts'
import { boundedRepliesOf, repliesOf } from '../flows/replies.ts'
import { permitSubscription, subscribe } from '../flows/subscribe.ts'
import { openSource, runBulk } from './_bulk.ts'
import { atMostOne, command } from './_command.ts'
import { subscriptionOptions } from './_subscription-options.ts'

/** Subscribes an address, or a file of them (spec spool 4.5). */
export const sub = command({
  name: 'sub',
  summary: 'subscribe an address to a list',
  example: '-L /var/spool/mlmmj/talk -a ann@example.org',
  operand: 'address',
  options: {
    ...subscriptionOptions,
    digest: { type: 'boolean', short: 'd', help: 'to digests' },
    nomail: { type: 'boolean', short: 'n', help: 'to the list, but without any mail' },
    both: { type: 'boolean', short: 'b', help: 'to digests and to every post' },
    welcome: { type: 'boolean', short: 'c', help: 'send a welcome' },
    force: { type: 'boolean', short: 'f', help: 'do not ask the gatekeepers (submod)' },
    permit: {
      type: 'string',
      short: 'm',
      placeholder: 'COOKIE',
      help: 'carry out the subscription that is held under this cookie',
    },
  },
  faults: [
    'badAddress',
    'noSuchFile',
    'noSuchList',
    'busy',
    'tooMany',
    'spoolTrouble',
    'spoolFull',
  ],
  async run(values, context) {
    const { list: dir, address, permit, file, welcome, quiet, silent, force, ask } = values
    const { house, stdin, source: caller } = context
    if (address === undefined && permit === undefined && file === undefined)
      throw new Fault('badUsage', 'one of -a (--address), -m (--permit) and --file must be given')
    atMostOne(values, ['digest', 'nomail', 'both'])
    atMostOne(values, ['ask', 'confirmed'])
    for (const other of ['address', 'ask', 'permit'] as const) atMostOne(values, ['file', other])
    const source = file === undefined ? undefined : await openSource(file, stdin)

    if (!values['keep-user']) await actAsOwner(dir, 'wished')
    logEventsTo(house, dir)
    const list = await openList(dir)
    const replies = repliesOf(house)
    const type = values.digest
      ? 'digest'
      : values.nomail
        ? 'nomail'
        : values.both
          ? 'both'
          : 'normal'
    if (permit !== undefined) {
      await permitSubscription(list, permit, { welcome, quiet, silent }, replies, house.chance)
    } else if (source !== undefined) {
      await runBulk(list, { do: 'sub', type }, source, welcome ? replies : undefined, context)
    } else {
      const reason = values.confirmed ? 'confirm' : values.requested ? 'request' : 'admin'
      const who = bytesFromText(address ?? '')
      const wish = { address: who, type, reason, ask, force, welcome, quiet, silent } as const
      if (ask) await mustNotBeTooMany(house, list, { to: who, source: caller, isQuestion: true })
      await subscribe(list, wish, boundedRepliesOf(house, caller), house.chance)
    }
  },
})
