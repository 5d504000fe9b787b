import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScratchList } from './_list.ts'

const types = ['normal', 'digest', 'nomail', 'both'] as const
const lessTypes = ['all', 'normal', 'digest', 'nomail'] as const
const holds = ['moderated', 'modnonsubposts', 'modnonmodposts', 'access'] as const

function* each(
  names: readonly string[],
  reasons: readonly string[],
  ends: readonly string[],
): Generator<string> {
  for (const name of names)
    for (const reason of reasons) for (const end of ends) yield `${name}-${reason}-${end}`
}

/** Every list text that anybody asks for, under its whole name (spec listtexts 3.1). */
const names = [
  ...['help', 'faq', 'list---all', 'probe', 'digest'],
  ...each(['confirm-sub'], ['request', 'admin'], types),
  ...each(['confirm-unsub'], ['request', 'admin'], lessTypes),
  ...each(['finish-sub'], ['request', 'confirm', 'admin', 'permit', 'switch'], types),
  ...each(['finish-unsub'], ['request', 'confirm', 'admin'], lessTypes),
  ...each(['notify-sub'], ['request', 'confirm', 'admin', 'permit'], types),
  ...each(['notify-unsub'], ['request', 'confirm', 'admin', 'bouncing'], lessTypes),
  ...each(['deny-sub'], ['disabled', 'subbed'], types),
  ...each(['deny-unsub'], ['unsubbed'], lessTypes),
  ...each(['gatekeep-sub', 'wait-sub'], ['request', 'confirm', 'admin'], types),
  ...holds.flatMap((why) => [`moderate-post-${why}`, `wait-post-${why}`]),
  ...['subonlypost', 'modonlypost', 'access', 'maxmailsize', 'tocc'].map(
    (why) => `deny-post-${why}`,
  ),
]

const tokens = [
  ...['list', 'list+', 'domain', 'listaddr', 'listowner', 'helpaddr', 'faqaddr', 'listgetN'],
  ...['listsubaddr', 'digestsubaddr', 'nomailsubaddr', 'listunsubaddr', 'digestunsubaddr'],
  ...['nomailunsubaddr', 'random0', 'random5', 'subaddr', 'confirmaddr', 'confaddr', 'newsub'],
  ...['oldsub', 'permitaddr', 'obstructaddr', 'moderateaddr', 'releaseaddr', 'rejectaddr'],
  ...['subject', 'posteraddr', 'maxmailsize', 'digestfirst', 'digestlast', 'digestinterval'],
  ...['digestissue', 'control listaddress', 'control nothing'],
]

const lists = ['moderators', 'gatekeepers', 'normalsubs', 'digestsubs', 'nomailsubs']

/** A text that says its own name, and everything that it can be filled with. */
function textOf(name: string): string {
  return [
    `Subject: ${name} of $list$`,
    '',
    name,
    ...tokens.map((token) => `${token}: $${token}$`),
    ...[...lists, 'bouncenumbers', 'digestthreads'].map((list) => `- %${list}%`),
    '%ifaction sub%to subscribe%else%otherwise%endif%',
    '%ifcontrol moderated submod%moderated%endif%',
    'and the mail:',
    '> %originalmail%',
    'end',
    '',
  ].join('\n')
}

/** Texts of our own for both programs, so that whole mails can be compared. Made once, in `dir`. */
export async function writeTexts(
  dir = join(tmpdir(), `mlmmj-texts-${process.pid}`),
): Promise<string> {
  await mkdir(dir, { recursive: true })
  for (const name of names) await writeFile(join(dir, name), textOf(name))
  return dir
}

/** Puts the list's text/ aside for the ones above; like mlmmj's manual, a link will do. */
export async function useTexts(list: ScratchList, dir: string): Promise<void> {
  await rm(list.path('text'), { recursive: true })
  await symlink(dir, list.path('text'))
}
