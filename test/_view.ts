import { readdir, stat } from 'node:fs/promises'
import type { ScratchList } from './_list.ts'
import type { Transaction } from './_sink.ts'
import type { Stage } from './_stage.ts'

export interface SentMail {
  from: string
  parameters: string
  helo: string
  to: string[]
  mail: string
}

/** What the world sees of a list in the end: the same for two programs that do the same. */
export interface View {
  /** Of every command: its name, its exit code, and what mlmmj-list printed. */
  said: string[]
  /** Copies of posts, one for each transaction, sorted. */
  posts: SentMail[]
  /** Mails that the program wrote itself. */
  replies: SentMail[]
  /** Every visible file below the list except control/, text/ and logs, random names levelled. */
  files: Record<string, string>
  /** The lines of the operation log without their times. */
  log: string[]
}

/** Taken when no program is at work any more. */
export async function viewOf({ list, sink, said }: Stage): Promise<View> {
  const log = ((await list.read('mlmmj.operation.log')) ?? '').split('\n').filter(Boolean)
  return {
    said: [...said],
    posts: sink.taken.filter(isPost).map(sentMail).sort(byText),
    replies: sink.taken
      .filter((taken) => !isPost(taken))
      .map(replyView)
      .sort(byText),
    files: await visibleFiles(list),
    log: log.map((line) => logLine(line).replaceAll(list.dir, 'LIST')),
  }
}

function isPost({ from }: Transaction): boolean {
  return /bounces-\d/.test(from)
}

function sentMail({ from, parameters, helo, to, mail }: Transaction): SentMail {
  return { from, parameters, helo, to: [...to].sort(), mail: mail.toString('latin1') }
}

function replyView(taken: Transaction): SentMail {
  const { from, mail, ...rest } = sentMail(taken)
  return { ...rest, from: levelled(from), mail: levelled(undated(mail)) }
}

/** Only in what a program writes: in a post they are the poster's. */
function undated(mail: string): string {
  return mail
    .replace(/^Message-ID: <[^>]*-mlmmj-[^>]*>/im, 'Message-ID: <ID>')
    .replace(/^Date: (?!Sat, 21 Nov 2026 12:00:00).*\d/im, 'Date: NOW')
}

function logLine(line: string): string {
  return levelled(line.slice(25)).replace(/(bouncing since) .*/, '$1 DATE')
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}

/** Random ids have 16 digits, or a recipient behind them in mlmmj 1.3's cookies. */
function levelled(text: string): string {
  return text.replace(/(subscribe|(?<![0-9a-f]))[0-9a-f]{16}(-[^@\s>]+=[^@\s>]+)?/g, '$1ID')
}

async function visibleFiles(list: ScratchList): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const path of (await readdir(list.dir, { recursive: true })).sort()) {
    if (/(^|\/)\.|^control(\/|$)|(^|\/)text(\/|$)|mlmmj.*log$/.test(path)) continue
    if (!(await stat(list.path(path))).isFile()) continue
    const [key, content] = [levelled(path), fileView(path, (await list.read(path)) ?? '')]
    files[key] = key in files ? [files[key], content].sort().join('---\n') : content
  }
  return files
}

function fileView(path: string, content: string): string {
  if (path.startsWith('requeue/') && path.endsWith('/subscribers'))
    return content.split('\n').sort().join('\n').trim()
  if (path.startsWith('bounce/') && !path.endsWith('.lastmsg'))
    return content.replace(/:\d+ # .*$/gm, ':TIME # DATE').replace(/^\d+$/, 'TIME')
  if (path === 'lastdigest') return content.replace(/:\d+:/, ':TIME:')
  if (path.startsWith('queue/')) return levelled(undated(content))
  return path === 'index' ? content.trim() : content
}
