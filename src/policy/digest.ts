import type { DigestState } from '../list/digest-state.ts'
import { tunables, type Settings } from '../list/tunables.ts'

/** Numbers of posts, both ends included. */
export interface PostRange {
  readonly first: number
  readonly last: number
}

/** `skip`: nothing is there to be sent, yet the count goes on from `to`. */
export type DigestPlan =
  | { readonly do: 'wait' }
  | { readonly do: 'skip'; readonly to: number }
  | ({ readonly do: 'collect' } & PostRange)

/**
 * Whether a digest is due, and of which posts: after `digestinterval` seconds, or when
 * `digestmaxmails` posts wait, of which no more than that many are taken (spec mailflow 8.1).
 *
 * @param newest the number of the newest post.
 * @param now in seconds since 1970. A clock that went back does not put digests off: how far away
 *   the last one was is what counts.
 */
export function planDigest(
  { lastPost, lastAt }: DigestState,
  newest: number,
  now: number,
  settings: Settings,
): DigestPlan {
  const most = mostPosts(settings)
  const waiting = newest - lastPost
  if (Math.abs(now - lastAt) < settings.digestinterval && waiting < most) return { do: 'wait' }
  if (waiting <= 0) return { do: 'skip', to: newest }
  return { do: 'collect', first: lastPost + 1, last: Math.min(newest, lastPost + most) }
}

/** The name that mlmmj 1.5 reads counts where the one that is documented says nothing. */
function mostPosts({ digestmaxmails, digestmaxmail }: Settings): number {
  const unset = digestmaxmails === tunables.digestmaxmails.fallback
  return unset ? (digestmaxmail ?? digestmaxmails) : digestmaxmails
}

/** A post in the archive. */
export interface Candidate {
  readonly number: number
  readonly bytes: number
  /** When it came there, in milliseconds since 1970. */
  readonly arrivedAt: number
}

export interface Selection<Post> {
  readonly posts: readonly Post[]
  /** The digest deals with the range up to here; below `first` when it has to wait. */
  readonly last: number
  /** Room is the reason for ending early, so another digest can follow at once. */
  readonly full: boolean
}

/** How long the mail of a number may be missing before nobody expects it any more. */
const patienceMs = 3_600_000
/** Most bytes of posts in one digest, unless one post alone has more. */
const mostBytes = 32 * 1024 * 1024

/**
 * Which posts of a range make the next digest. mlmmj archives a post after its delivery, so a number
 * without a mail ends the digest until its hour is over: counted from the arrival of the number
 * behind it, or else from `newestAt`, when the newest number was given. Then it is a hole, and passed
 * over (spec spool 1.4).
 *
 * @param archived the posts from `first` on, ascending, up to one behind `last` if there is one.
 * @param newestAt milliseconds since 1970, as `now`. A clock that went back puts nothing off.
 */
export function selectPosts<Post extends Candidate>(
  { first, last }: PostRange,
  archived: readonly Post[],
  newestAt: number,
  now: number,
): Selection<Post> {
  const posts: Post[] = []
  let next = first
  let bytes = 0
  for (const post of archived) {
    const missing = next <= last && post.number > next
    if (missing && Math.abs(now - post.arrivedAt) < patienceMs)
      return { posts, last: next - 1, full: false }
    if (post.number > last) return { posts, last, full: false }
    bytes += post.bytes
    if (posts.length > 0 && bytes > mostBytes) return { posts, last: post.number - 1, full: true }
    posts.push(post)
    next = post.number + 1
  }
  const waits = next <= last && Math.abs(now - newestAt) < patienceMs
  return { posts, last: waits ? next - 1 : last, full: false }
}
