import { readdir, stat } from 'node:fs/promises'
import type { ScratchList } from '../_list.ts'
import type { Sink, Transaction } from '../_sink.ts'
import { pause } from '../_until.ts'

/** What the world sees of a list after a mail came: the same for two programs that do the same. */
export interface View {
  readonly code: number | null
  /** Copies of posts, one for each transaction, sorted. */
  posts: { from: string; parameters: string; helo: string; to: string[]; mail: string }[]
  /** Mails that the program wrote itself. Their words are its own; where they go is not. */
  replies: { from: string; to: string[]; headers: string[] }[]
  /** Every visible file below the list except control/, text/ and logs, random names levelled. */
  files: Record<string, string>
}

/**
 * Looks until everything is there and nothing moves any more: mlmmj 1.3 leaves children behind that
 * still write. What is not there after five seconds is not to be had.
 */
export async function settledView(
  list: ScratchList,
  sink: Sink,
  code: number | null,
  isWhole: (view: View) => boolean,
): Promise<View> {
  const end = Date.now() + 5_000
  for (let before = ''; ;) {
    const view = await viewOf(list, sink, code)
    const now = JSON.stringify(view)
    if (now === before && (isWhole(view) || Date.now() > end)) return view
    before = now
    await pause(50)
  }
}

async function viewOf(list: ScratchList, sink: Sink, code: number | null): Promise<View> {
  return {
    code,
    posts: sink.taken.filter(isPost).map(postView).sort(byText),
    replies: sink.taken
      .filter((taken) => !isPost(taken))
      .map(replyView)
      .sort(byText),
    files: await visibleFiles(list),
  }
}

function isPost({ from }: Transaction): boolean {
  return /bounces-\d/.test(from)
}

function postView({ from, parameters, helo, to, mail }: Transaction): View['posts'][number] {
  return { from, parameters, helo, to: [...to].sort(), mail: mail.toString('latin1') }
}

function replyView({ from, to, mail }: Transaction): View['replies'][number] {
  const head = mail.toString('latin1').split('\r\n\r\n')[0] ?? ''
  const headers = head.split('\r\n').filter((line) => /^(From|To|Reply-To):/i.test(line))
  return { from, to: [...to], headers: headers.map(levelled).sort() }
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}

/** Random ids have 16 digits, or a recipient behind them in mlmmj 1.3's cookies. */
function levelled(text: string): string {
  return text.replace(/[0-9a-f]{16}(-[^@\s>]+=[^@\s>]+)?/g, 'ID')
}

async function visibleFiles(list: ScratchList): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const path of (await readdir(list.dir, { recursive: true })).sort()) {
    if (/(^|\/)\.|^(control|text)\/|^mlmmj.*log/.test(path)) continue
    const facts = await stat(list.path(path)).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return undefined // a child that still writes
      throw thrown
    })
    if (facts?.isFile()) files[levelled(path)] = fileView(path, (await list.read(path)) ?? '')
  }
  return files
}

function fileView(path: string, content: string): string {
  if (path.startsWith('requeue/') && path.endsWith('/subscribers'))
    return content.split('\n').sort().join('\n').trim()
  if (path.startsWith('bounce/') && !path.endsWith('.lastmsg'))
    return content.replace(/:\d+ # .*$/gm, ':TIME # DATE')
  return path === 'index' ? content.trim() : content
}
