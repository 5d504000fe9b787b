import { bytesFromText, textFromBytes } from '../base/bytes.ts'
import { decodeLoosely } from '../message/encoded-word.ts'

/** What the summary of a digest says of a post: values of header fields as they came. */
export interface DigestPost {
  readonly number: number
  readonly subject: string | undefined
  readonly from: string | undefined
}

/**
 * The lines of `%digestthreads%`: for each thread its subject, a line with number and sender for each
 * of its posts, and an empty line (spec mailflow 8.3). Posts belong together when their subjects say
 * the same behind replies' and forwards' words and the list's prefix; threads stand in the order of
 * their first posts.
 *
 * @param prefix control/prefix.
 */
export function digestThreads(posts: readonly DigestPost[], prefix = ''): readonly string[] {
  const threads = new Map<string, { title: string; posts: DigestPost[] }>()
  for (const post of posts) {
    const title = titleOf(shownText(post.subject), oneSpaced(textFromBytes(prefix)))
    const key = title.toLowerCase()
    const thread = threads.get(key) ?? { title, posts: [] }
    thread.posts.push(post)
    threads.set(key, thread)
  }
  return [...threads.values()].flatMap((thread) => [
    bytesFromText(thread.title) || 'no subject',
    ...thread.posts.map(({ number, from }) => `      ${number} - ${senderOf(from)}`),
    '',
  ])
}

function senderOf(from: string | undefined): string {
  return bytesFromText(shownText(from)) || 'anonymous'
}

/** Decoded as readers' programs do it, on one line. */
function shownText(value = ''): string {
  return oneSpaced(decodeLoosely(value).replace(/[\0-\x1f\x7f]/g, ' '))
}

/** What mail programs put before the subject of a reply or forward: `Re:`, `AW:`, `Re[2]:`, … */
const answerWord =
  /^(?:re|aw|antw|sv|vs|vl|odp|rif|fwd?|wg|tr|enc|回复|答复|转发)(?:\[\d+\]|\(\d+\)|\^\d+)? ?[:：] ?/iu

function titleOf(subject: string, prefix: string): string {
  let title = subject
  for (let before = ''; before !== title;) {
    before = title
    title = title.replace(answerWord, '')
    if (title.startsWith(prefix)) title = title.slice(prefix.length).trimStart()
  }
  return title
}

function oneSpaced(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
