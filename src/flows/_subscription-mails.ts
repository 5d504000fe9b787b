import { addressBelow, type Identity } from '../list/identity.ts'
import type { SubscriptionType } from '../policy/subscription.ts'
import type { ReplyRequest } from './reply-request.ts'

type Row = Omit<ReplyRequest, 'recipients' | 'values' | 'lists'> & {
  readonly recipients?: readonly string[]
  readonly values?: Readonly<Record<string, string>>
  readonly lists?: Readonly<Record<string, readonly string[]>>
}

/** Every row knows the subscriber, and goes to its To: unless it says otherwise. */
function mail(subscriber: string, row: Row): ReplyRequest {
  return {
    recipients: [row.to],
    lists: {},
    ...row,
    values: { subaddr: subscriber, ...row.values },
  }
}

/** Asks whether the owner of an address really wants this; the cookie is what proves it. */
export function confirmMail(
  list: Identity,
  action: 'sub' | 'unsub',
  who: string,
  reason: string,
  type: SubscriptionType | 'all',
  cookie: string,
): ReplyRequest {
  const command = `conf${action}`
  const reading = type === 'normal' || type === 'all' ? '' : `-${type}`
  const replyTo = `${command}${reading}-${cookie}`
  return mail(who, {
    purpose: 'confirm',
    action,
    reason,
    type,
    from: 'help',
    to: who,
    replyTo,
    // A bounce of this mail takes the cookie away, whatever it was for (spec spool 4.8).
    mailFrom: `bounces-${command}-${cookie}`,
    values: { confirmaddr: addressBelow(list, replyTo) },
  })
}

/** Says that nothing was done, and why; or (finish) what was done. */
export function answerMail(
  purpose: 'deny' | 'finish',
  action: 'sub' | 'unsub',
  who: string,
  reason: string,
  type: SubscriptionType | 'all',
): ReplyRequest {
  const from = reason === 'disabled' ? 'owner' : 'help'
  return mail(who, { purpose, action, reason, type, from, to: who, mailFrom: 'bounces-help' })
}

/** Tells the owner who came or went. */
export function notifyMail(
  list: Identity,
  action: 'sub' | 'unsub',
  who: string,
  reason: string,
  type: SubscriptionType | 'all',
): ReplyRequest {
  const to = addressBelow(list, 'owner')
  return mail(who, {
    purpose: 'notify',
    action,
    reason,
    type,
    from: 'owner',
    to,
    mailFrom: 'bounces-help',
  })
}

/** Asks the gatekeepers about a held subscription. */
export function gatekeepMail(
  list: Identity,
  who: string,
  reason: string,
  type: SubscriptionType,
  cookie: string,
  gatekeepers: readonly string[],
): ReplyRequest {
  return mail(who, {
    purpose: 'gatekeep',
    action: 'sub',
    reason,
    type,
    from: 'owner',
    to: `${list.name}-moderators@${list.fqdn}`,
    recipients: gatekeepers,
    replyTo: `permit-${cookie}`,
    mailFrom: 'owner',
    values: {
      permitaddr: addressBelow(list, `permit-${cookie}`),
      obstructaddr: addressBelow(list, `obstruct-${cookie}`),
    },
    lists: { gatekeepers },
  })
}

/** Tells the subscriber that the gatekeepers were asked. */
export function waitMail(
  who: string,
  reason: string,
  type: SubscriptionType,
  gatekeepers: readonly string[],
): ReplyRequest {
  return mail(who, {
    purpose: 'wait',
    action: 'sub',
    reason,
    type,
    from: 'owner',
    to: who,
    mailFrom: 'bounces-help',
    lists: { gatekeepers },
  })
}
