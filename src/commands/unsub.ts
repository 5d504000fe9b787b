import { bytesFromText } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { mustNotBeTooMany } from '../flows/answer-limits.ts'
import { logEventsTo } from '../flows/log-events.ts'
import { openList } from '../flows/open-list.ts'
import { boundedRepliesOf, repliesOf } from '../flows/replies.ts'
import { unsubscribe } from '../flows/unsubscribe.ts'
import { openSource, runBulk } from './_bulk.ts'
import { atMostOne, command } from './_command.ts'
import { subscriptionOptions } from './_subscription-options.ts'

/** Unsubscribes an address, or a file of them (spec spool 4.6). */
export const unsub = command({
  name: 'unsub',
  summary: 'unsubscribe an address from a list',
  example: '-L /var/spool/mlmmj/talk -a ann@example.org',
  operand: 'address',
  options: {
    ...subscriptionOptions,
    digest: { type: 'boolean', short: 'd', help: 'from digests only' },
    nomail: { type: 'boolean', short: 'n', help: 'from the version without mail only' },
    normal: { type: 'boolean', short: 'N', help: 'from the version with every post only' },
    goodbye: { type: 'boolean', short: 'c', help: 'send a goodbye' },
    bouncing: { type: 'boolean', short: 'b', help: 'say that mail to the address came back' },
    ignored: { type: 'boolean', short: 'e', help: 'has no effect' },
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
    const { list: dir, address, file, goodbye, quiet, silent, ask } = values
    const { house, stdin, source: caller } = context
    if (address === undefined && file === undefined)
      throw new Fault('badUsage', 'one of -a (--address) and --file must be given')
    atMostOne(values, ['digest', 'nomail', 'normal'])
    for (const other of ['goodbye', 'confirmed', 'bouncing'] as const)
      atMostOne(values, ['ask', other])
    for (const other of ['address', 'ask'] as const) atMostOne(values, ['file', other])
    const source = file === undefined ? undefined : await openSource(file, stdin)

    if (!values['keep-user']) await actAsOwner(dir, 'wished')
    logEventsTo(house, dir)
    const list = await openList(dir)
    const replies = repliesOf(house)
    const type = values.digest
      ? 'digest'
      : values.nomail
        ? 'nomail'
        : values.normal
          ? 'normal'
          : 'all'
    if (source !== undefined) {
      await runBulk(list, { do: 'unsub', type }, source, goodbye ? replies : undefined, context)
      return
    }
    const reason = values.bouncing
      ? 'bouncing'
      : values.confirmed
        ? 'confirm'
        : values.requested
          ? 'request'
          : 'admin'
    const who = bytesFromText(address ?? '')
    const wish = { address: who, type, reason, ask, goodbye, quiet, silent } as const
    if (ask) await mustNotBeTooMany(house, list, { to: who, source: caller, isQuestion: true })
    await unsubscribe(list, wish, boundedRepliesOf(house, caller), house.chance)
  },
})
