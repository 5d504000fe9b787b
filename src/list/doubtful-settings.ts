import { bareBytes } from '../base/bytes.ts'
import { whyNoAddress } from '../message/address.ts'
import type { Settings, TunableName } from './tunables.ts'

/** A control file that is there and does not do what somebody may think it does. */
export interface Doubt {
  readonly file: TunableName
  /** The end of a sentence that begins with the file. */
  readonly why: string
}

type Rule = (settings: Settings) => string | false | undefined

/** For each control file, when it has no effect because of another. */
const rules: Partial<Readonly<Record<TunableName, Rule>>> = {
  closedlistsub: ({ closedlist }) =>
    closedlist && 'has no effect: closedlist closes the list both ways',
  nosubconfirm: ({ closedlist }) => closedlist && 'has no effect: closedlist closes the list',
  nodigestsub: ({ closedlist, closedlistsub }) =>
    (closedlist || closedlistsub) && 'has no effect: nobody can join by mail',
  nonomailsub: ({ closedlist, closedlistsub }) =>
    (closedlist || closedlistsub) && 'has no effect: nobody can join by mail',
  submod: ({ closedlist, closedlistsub }) =>
    (closedlist || closedlistsub) && 'has no effect: nobody can join by mail',
  nosubmodmails: ({ submod }) => submod === undefined && 'has no effect without submod',
  nosubonlydenymails: ({ subonlypost }) => !subonlypost && 'has no effect without subonlypost',
  nomodonlydenymails: ({ modonlypost }) => !modonlypost && 'has no effect without modonlypost',
  modnonsubposts: ({ subonlypost, modonlypost }) =>
    !subonlypost && !modonlypost && 'has no effect without subonlypost or modonlypost',
  nomaxmailsizedenymails: ({ maxmailsize }) =>
    maxmailsize === undefined && 'has no effect without maxmailsize',
  noaccessdenymails: ({ access }) => access === undefined && 'has no effect without access',
  notoccdenymails: ({ tocc }) => tocc && 'has no effect: tocc lets such posts through',
  verp: (settings) => singly(settings),
  maxverprecips: (settings) => singly(settings),
  subonlyget: ({ noget, noarchive }) =>
    (noget || noarchive) && 'has no effect: nothing can be fetched at all',
  noget: ({ noarchive }) => noarchive && 'has no effect: noarchive keeps nothing to fetch',
  digestinterval: ({ noarchive }) => noarchive && 'has no effect: noarchive means no digests',
  nodigesttext: ({ noarchive }) => noarchive && 'has no effect: noarchive means no digests',
  nomailsub: () => 'is a misspelling that is read; the file should be called nonomailsub',
  digestmaxmail: () => 'is a misspelling that is read; the file should be called digestmaxmails',
}

/** Why recipients never share a transaction, whatever else is set. */
function singly({ addtohdr, bouncecheck }: Settings): string | false {
  if (addtohdr) return 'has no effect: addtohdr makes a copy for each'
  return (
    bouncecheck && 'has no effect: with bouncecheck each recipient has a return path of his own'
  )
}

/**
 * What a person should look at in a list's settings.
 *
 * @param present the control files that exist.
 */
export function doubtfulSettings(settings: Settings, present: readonly string[]): readonly Doubt[] {
  const found: Doubt[] = []
  for (const [name, rule] of Object.entries(rules)) {
    const why = present.includes(name) && rule(settings)
    if (why) found.push({ file: name as TunableName, why })
  }
  const { owner, moderators, submod, send } = settings
  for (const [name, lines] of Object.entries({ owner, moderators, submod, send }))
    for (const line of lines ?? []) {
      const why = whyNoAddress(bareBytes(line))
      const shown = JSON.stringify(line.slice(0, 60))
      if (why !== undefined)
        found.push({ file: name as TunableName, why: `names ${shown}, which ${why}` })
    }
  return found
}
