import { bareBytes, sameBytes } from '../base/bytes.ts'
import { isPrimary, type Identity } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import type { AccessVerdict } from './access.ts'
import type { Decision, HoldReason } from './decision.ts'
import type { PostFacts } from './facts.ts'

/** What the stages know, and what earlier ones have marked for later ones. */
interface Court {
  readonly post: PostFacts
  readonly settings: Settings
  readonly list: Identity
  /** The access rules' verdict on this post; asked at most once, because it is logged. */
  readonly askAccess: () => AccessVerdict
  mayAlwaysPost: boolean
  holdFor: HoldReason | undefined
}

/**
 * mlmmj's order (spec mailflow 2.4), with goesRound, which is ours. What comes first hides what comes
 * later: order is behaviour.
 */
const stages: readonly ((court: Court) => Decision | undefined)[] = [
  badFrom,
  goesRound,
  tooBig,
  noSender,
  notNamed,
  accessRules,
  sendersList,
  posterMayPost,
  mustWait,
]

/** What shall happen to a post. `askAccess` is called only when the list has access rules. */
export function judgePost(
  post: PostFacts,
  settings: Settings,
  list: Identity,
  askAccess: () => AccessVerdict,
): Decision {
  const court: Court = { post, settings, list, askAccess, mayAlwaysPost: false, holdFor: undefined }
  for (const stage of stages) {
    const decision = stage(court)
    if (decision) return decision
  }
  return court.holdFor === undefined ? { do: 'distribute' } : { do: 'hold', why: court.holdFor }
}

function badFrom({ post }: Court): Decision | undefined {
  return post.poster === undefined ? { do: 'discard', why: 'badfrom', keep: 'original' } : undefined
}

/** Nobody is told, for that would go round as well. */
function goesRound({ post, settings }: Court): Decision | undefined {
  if (post.cameBack) return { do: 'discard', why: 'loop', keep: 'original' }
  if (!post.isAutoReply || settings.takeautoreplies) return undefined
  return { do: 'discard', why: 'autoreply', keep: 'original' }
}

function tooBig({ post, settings }: Court): Decision | undefined {
  if (settings.maxmailsize === undefined || post.size <= settings.maxmailsize) return undefined
  return {
    do: 'refuse',
    why: 'maxmailsize',
    replyTo: unless(settings.nomaxmailsizedenymails, post),
  }
}

function noSender({ post }: Court): Decision | undefined {
  return post.envelopeFrom === '' ? { do: 'discard', why: 'nosender', keep: 'original' } : undefined
}

function notNamed({ post, settings, list }: Court): Decision | undefined {
  if (settings.tocc || post.namesTheList) return undefined
  const silent = settings.notoccdenymails || postedByTheList(post, list)
  return { do: 'refuse', why: 'tocc', replyTo: unless(silent, post) }
}

function accessRules(court: Court): Decision | undefined {
  const { post, settings, list } = court
  if (settings.access === undefined) return undefined
  const { action, qualifier } = court.askAccess()
  switch (action) {
    case 'allow':
      return undefined
    case 'send':
      court.mayAlwaysPost = true
      return undefined
    case 'moderate':
      court.holdFor = 'access'
      return undefined
    case 'discard':
      return { do: 'discard', why: 'access', keep: 'prepared' }
    case 'deny': {
      const silent = settings.noaccessdenymails || postedByTheList(post, list)
      return {
        do: 'refuse',
        why: 'access',
        replyTo: unless(silent, post),
        ...(qualifier === undefined ? {} : { qualifier }),
      }
    }
  }
}

function sendersList(court: Court): undefined {
  const { poster = '' } = court.post
  if (court.settings.send?.some((line) => sameBytes(bareBytes(line), poster)))
    court.mayAlwaysPost = true
  return undefined
}

/** Spec mailflow 2.5: subonlypost wins over modonlypost; either switch silences both. */
function posterMayPost(court: Court): Decision | undefined {
  const { post, settings, list } = court
  const { modonlypost, modnonsubposts } = settings
  const subonlypost = settings.subonlypost || (modnonsubposts && !modonlypost)
  if (court.mayAlwaysPost || (!subonlypost && !modonlypost)) return undefined
  if (isPrimary(list, post.claimedPoster))
    return { do: 'discard', why: 'fromlist', keep: 'nothing' }
  const allowed = subonlypost
    ? post.posterIsSubscriber
    : (settings.moderators ?? []).some((line) => sameBytes(bareBytes(line), post.claimedPoster))
  if (allowed) return undefined
  if (modnonsubposts) {
    court.holdFor ??= subonlypost ? 'modnonsubposts' : 'modnonmodposts'
    return undefined
  }
  const silent =
    (subonlypost && settings.nosubonlydenymails) || (modonlypost && settings.nomodonlydenymails)
  return {
    do: 'refuse',
    why: subonlypost ? 'subonlypost' : 'modonlypost',
    replyTo: silent ? undefined : post.claimedPoster,
  }
}

function mustWait(court: Court): undefined {
  if (court.settings.moderated && !court.mayAlwaysPost) court.holdFor ??= 'moderated'
  return undefined
}

function postedByTheList({ poster = '' }: PostFacts, list: Identity): boolean {
  return isPrimary(list, poster)
}

function unless(silent: boolean, { poster }: PostFacts): string | undefined {
  return silent ? undefined : poster
}
