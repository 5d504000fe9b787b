import { matchAddress, type Identity } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import { isAddress, whyNoAddress, type Address } from '../message/address.ts'

/** The three ways of reading a list; each has a directory of its own (spec spool 2). */
export type Version = 'normal' | 'digest' | 'nomail'
/** What somebody can subscribe to. `both` is normal and digest. */
export type SubscriptionType = Version | 'both'
/** Who wants it: the shell, a mail, the answer to our question, or a gatekeeper. */
export type SubscribeReason = 'admin' | 'request' | 'confirm' | 'permit'

export interface SubscribeFacts {
  /** The versions that hold the address now. */
  readonly has: readonly Version[]
  readonly type: SubscriptionType
  readonly reason: SubscribeReason
  /** Ask the subscriber first. */
  readonly ask: boolean
  /** Do not ask the gatekeepers. */
  readonly force: boolean
}

export type SubscribeDecision =
  /** This version cannot be had by mail. */
  | { readonly do: 'disable' }
  | { readonly do: 'nothing' }
  | { readonly do: 'ask' }
  | { readonly do: 'hold' }
  | Change

interface Change {
  readonly do: 'add' | 'switch'
  readonly add: readonly Version[]
  readonly remove: readonly Version[]
}

/**
 * Why a byte string cannot be subscribed to a list, as the end of a sentence; undefined when it can.
 * Mail to the list's own addresses would go round in circles; names of subscriber files are first
 * letters, so these two cannot be one (spec spool 2.1 and 2.4).
 */
export function whyNoSubscriber(list: Identity, address: string): string | undefined {
  if (matchAddress(list, address) !== undefined) return 'is an address of the list itself'
  if (/^[./]/.test(address)) return 'begins with a dot or a slash'
  return whyNoAddress(address)
}

/** In mlmmj's order (spec spool 4.5, mailflow 4.1). Who is a member already is never asked or held. */
export function judgeSubscribe(
  { has, type, reason, ask, force }: SubscribeFacts,
  settings: Settings,
): SubscribeDecision {
  const byMail = reason === 'request' || reason === 'confirm'
  if (byMail && disabled(type, settings)) return { do: 'disable' }
  const change = changeTo(type, has)
  if (change.add.length === 0 && change.remove.length === 0) return { do: 'nothing' }
  if (has.length > 0) return change
  if (ask) return { do: 'ask' }
  if (settings.submod !== undefined && !force && reason !== 'permit') return { do: 'hold' }
  return change
}

/** The versions a type stands for. */
export function versionsOf(type: SubscriptionType): readonly Version[] {
  return type === 'both' ? ['normal', 'digest'] : [type]
}

/** Leaves the address in the wanted versions and in no other, even if a hand edit put it there. */
function changeTo(type: SubscriptionType, has: readonly Version[]): Change {
  const wanted = versionsOf(type)
  return {
    do: has.length > 0 ? 'switch' : 'add',
    add: wanted.filter((version) => !has.includes(version)),
    remove: has.filter((version) => !wanted.includes(version)),
  }
}

/** Also asked when a confirmation comes back: its address decides the type (spec mailflow 4.1). */
function disabled(type: SubscriptionType, settings: Settings): boolean {
  if (type === 'nomail') return settings.nonomailsub || settings.nomailsub
  return type !== 'normal' && settings.nodigestsub
}

/** Whom a held subscription is shown to: submod, or the owners if its last line is no address. */
export function gatekeepersOf({ submod, owner }: Settings): readonly Address[] {
  const named = submod?.at(-1)?.includes('@') ? submod : (owner ?? [])
  return named.filter(isAddress)
}

/** The versions that an address leaves; empty when it is in none of those asked for. */
export function versionsToLeave(
  has: readonly Version[],
  asked: Version | 'all',
): readonly Version[] {
  return asked === 'all' ? has : has.filter((version) => version === asked)
}
