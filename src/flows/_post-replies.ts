import { bareBytes, sameBytes } from '../base/bytes.ts'
import { events } from '../base/events.ts'
import { addressBelow } from '../list/identity.ts'
import { isAddress } from '../message/address.ts'
import { decodeText } from '../message/encoded-word.ts'
import { valueOf } from '../message/mail-facts.ts'
import { sourceOf } from '../message/mail-source.ts'
import { whyUnanswerable } from '../policy/answerable.ts'
import type { Decision } from '../policy/decision.ts'
import { readPrepared } from '../spool/prepared.ts'
import type { Case } from './_carry-out.ts'
import { whyTooMany } from './answer-limits.ts'
import type { Outgoing } from './outgoing.ts'
import type { House } from './house.ts'
import { queueMail } from './queue-mail.ts'
import type { ReplyRequest } from './reply-request.ts'

type Answer = Pick<ReplyRequest, 'purpose' | 'reason' | 'to' | 'mailFrom' | 'recipients'> &
  Partial<ReplyRequest>

export interface QueuedReplies {
  readonly outgoing: readonly Outgoing[]
  /** The poster would have been told, but may not be: whatever we write could go round in circles. */
  readonly isWithheld: boolean
}

/**
 * Puts the mails that follow from a verdict into queue/: the refusal to the poster, or the question
 * to the moderators and, with notifymod, the notice to the poster (spec mailflow 2.6 and 5). What a
 * program wrote, and who was answered too often, gets neither.
 */
export async function queueReplies(
  house: House,
  decision: Extract<Decision, { do: 'refuse' | 'hold' }>,
  post: Case,
): Promise<QueuedReplies> {
  const answers =
    decision.do === 'refuse' ? refusal(decision, post) : [...questions(decision, post)]
  if (answers.length === 0) return { outgoing: [], isWithheld: false }
  const original = await readPrepared(post.listDir, post.id)
  const outgoing: Outgoing[] = []
  let isWithheld = false
  for (const answer of answers) {
    const why =
      answer.purpose === 'moderate' ? undefined : await whyWithheld(house, answer.to, post)
    if (why !== undefined) {
      isWithheld = true
      events.answerWithheld(post.listDir, post.id, answer.to, why)
      continue
    }
    const request = requestOf(answer, post)
    const ids = await queueMail(house, openList(post), { ...request, original }, post.id)
    outgoing.push(...ids.map((id) => ({ kind: 'reply', id }) as const))
  }
  return { outgoing, isWithheld }
}

async function whyWithheld(house: House, to: string, post: Case): Promise<string | undefined> {
  const { head, facts, list, id } = post
  const why = whyUnanswerable(head, facts.envelopeFrom, to, list)
  if (why !== undefined) return why
  const answer = { to, source: sourceOf(head, facts.envelopeFrom), isQuestion: false }
  return await whyTooMany(house, openList(post), answer, id)
}

function openList({ listDir, list, settings }: Case) {
  return { dir: listDir, identity: list, settings }
}

function requestOf(answer: Answer, { head, facts }: Case): ReplyRequest {
  return {
    action: 'post',
    from: 'owner',
    lists: {},
    ...answer,
    values: {
      subject: decodeText(valueOf(head, 'subject') ?? ''),
      posteraddr: facts.poster ?? '',
      ...answer.values,
    },
  }
}

function refusal(decision: Extract<Decision, { do: 'refuse' }>, { settings }: Case): Answer[] {
  const to = decision.replyTo
  if (to === undefined) return []
  return [
    {
      purpose: 'deny',
      reason: decision.why,
      ...(decision.qualifier === undefined ? {} : { type: decision.qualifier }),
      to,
      recipients: [to],
      mailFrom: 'bounces-help',
      values:
        settings.maxmailsize === undefined ? {} : { maxmailsize: String(settings.maxmailsize) },
    },
  ]
}

function* questions(
  { why }: Extract<Decision, { do: 'hold' }>,
  { facts, id, list, listDir, settings }: Case,
): Generator<Answer> {
  const moderators = (settings.moderators ?? []).map((line) => bareBytes(line)).filter(isAddress)
  if (moderators.length === 0) events.nobodyAsked(listDir, 'post', 'control/moderators')
  const sender = facts.envelopeFrom
  const senderModerates =
    settings.ifmodsendonlymodmoderate && moderators.some((line) => sameBytes(line, sender))
  const asked = senderModerates ? [sender] : moderators
  if (settings.notifymod && !senderModerates)
    yield {
      purpose: 'wait',
      reason: why,
      to: sender,
      recipients: [sender],
      mailFrom: 'owner',
      lists: { moderators },
    }
  yield {
    purpose: 'moderate',
    reason: why,
    to: `${list.name}-moderators@${list.fqdn}`,
    recipients: asked,
    replyTo: `release-${id}`,
    mailFrom: 'owner',
    values: {
      releaseaddr: addressBelow(list, `release-${id}`),
      rejectaddr: addressBelow(list, `reject-${id}`),
    },
    lists: { moderators: asked },
  }
}
