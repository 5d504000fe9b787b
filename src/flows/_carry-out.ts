import { events } from '../base/events.ts'
import type { Identity } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import type { Head } from '../message/head.ts'
import type { Decision } from '../policy/decision.ts'
import type { PostFacts } from '../policy/facts.ts'
import { dropIncoming } from '../spool/incoming.ts'
import type { MailId } from '../spool/mail-id.ts'
import { commitPost } from '../spool/post-commit.ts'
import { discard, dropPrepared, hold, preparedPath } from '../spool/prepared.ts'
import { recipientsOf } from './_recipients.ts'
import type { Outgoing } from './outgoing.ts'
import { queueReplies } from './_post-replies.ts'
import type { House } from './house.ts'

/** A prepared post and all that is known of it. */
export interface Case {
  readonly listDir: string
  readonly id: MailId
  readonly settings: Settings
  readonly list: Identity
  /** The header as it came. */
  readonly head: Head
  readonly facts: PostFacts
  /** False: the prepared post stays in queue/ for a person (mlmmj-process -P). */
  readonly distribute: boolean
}

/**
 * Does what was decided about a post. Every branch ends with the mail's next state on disk before
 * incoming/ lets it go, and with incoming/ empty before the prepared copy goes: the copy's second
 * link tells an interrupted run that only this tidying was left.
 */
export async function carryOut(
  house: House,
  decision: Decision,
  post: Case,
): Promise<readonly Outgoing[]> {
  const { listDir, id } = post
  switch (decision.do) {
    case 'distribute':
      return await distribute(post)
    case 'hold': {
      const { outgoing } = await queueReplies(house, decision, post)
      const omit = post.settings.notmetoo ? post.facts.poster : undefined
      await hold(listDir, id, omit)
      await settle(post)
      events.postHeld(listDir, id, decision.why)
      return outgoing
    }
    case 'refuse': {
      const { outgoing, isWithheld } = await queueReplies(house, decision, post)
      // Nobody else has it, and its poster hears nothing of it.
      if (isWithheld) await discard(listDir, id, 'original')
      await settle(post)
      const isSilent = isWithheld || decision.replyTo === undefined
      events.postRefused(listDir, id, decision.why, isSilent)
      return outgoing
    }
    case 'discard':
      await discard(listDir, id, decision.keep)
      await settle(post)
      events.mailDiscarded(listDir, id, decision.why)
      return []
    default:
      return decision satisfies never
  }
}

async function distribute(post: Case): Promise<readonly Outgoing[]> {
  const { listDir, id, settings, facts } = post
  if (!post.distribute) {
    await dropIncoming(listDir, id)
    return []
  }
  const omit = settings.notmetoo && facts.poster !== undefined ? facts.poster : undefined
  const { number, recipients } = await commitPost(
    listDir,
    preparedPath(listDir, id),
    !settings.noarchive,
    () => recipientsOf(listDir, omit),
  )
  await settle(post)
  events.postAccepted(listDir, id, number, recipients)
  return recipients > 0 ? [{ kind: 'post', number }] : []
}

async function settle({ listDir, id }: Case): Promise<void> {
  await dropIncoming(listDir, id)
  await dropPrepared(listDir, id)
}
