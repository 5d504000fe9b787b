/** What a list text is asked for by (spec listtexts 2.1); parts may be unset. */
export interface TextName {
  readonly purpose: string
  readonly action?: string | undefined
  readonly reason?: string | undefined
  readonly type?: string | undefined
}

/**
 * Names that mlmmj gave its texts before they were made of parts (spec listtexts 2.3). The key that
 * has most parts in common is taken; `*` stands behind the name when the type other than normal,
 * both and all goes there.
 */
const oldNames: Readonly<Record<string, string>> = {
  help: 'listhelp',
  faq: 'listfaq',
  'confirm-sub': 'sub-confirm*',
  'confirm-unsub': 'unsub-confirm*',
  'finish-sub': 'sub-ok*',
  'finish-unsub': 'unsub-ok*',
  'notify-sub': 'notifysub*',
  'notify-unsub': 'notifyunsub*',
  'gatekeep-sub': 'submod-moderator',
  'wait-sub': 'submod-requester',
  'moderate-post': 'moderation',
  'wait-post': 'moderation-poster',
  'deny-sub-disabled-digest': 'sub-deny-digest',
  'deny-sub-disabled-both': 'sub-deny-digest',
  'deny-sub-disabled-nomail': 'sub-deny-nomail',
  'deny-sub-subbed': 'sub-subscribed',
  'deny-unsub-unsubbed': 'unsub-notsubscribed',
  'deny-post-subonlypost': 'subonlypost',
  'deny-post-access': 'access',
  'deny-post-maxmailsize': 'maxmailsize',
  'deny-post-tocc': 'notintocc',
  list: 'listsubs',
  probe: 'bounce-probe',
}

/**
 * The file names that a text is looked for under, best first: all four parts, three, two, the purpose
 * alone, and then the old name if there is one. A digest has a single name.
 */
export function textNames({ purpose, action, reason, type }: TextName): readonly string[] {
  if (purpose === 'digest') return [purpose]
  const parts = [purpose, action ?? '', reason ?? '', type ?? '']
  const names = [4, 3, 2, 1].map((count) => parts.slice(0, count).join('-'))
  const old = names.flatMap((name) => oldNames[name.replace(/-+$/, '')] ?? [])[0]
  if (old === undefined) return names
  const kind = type === 'digest' || type === 'nomail' ? `-${type}` : ''
  return [...names, old.replace('*', kind)]
}
