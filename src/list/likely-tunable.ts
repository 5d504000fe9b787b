import { asciiLower } from '../base/bytes.ts'
import { nearest } from '../base/nearest.ts'
import { tunables, type TunableName } from './tunables.ts'

const names = Object.keys(tunables) as TunableName[]

/** What editors, patch, rsync and Debian's package tools leave beside the file they touch. */
const leftover =
  /^[.#]*(.+?)(?:~|#|\.(?:swp|swo|bak|orig|old|rej|save|new|tmp|dpkg-[a-z]+|rpm[a-z]+))$/

/** Why a name in control/ means nothing; undefined when it is a control file. */
export function whyNoTunable(name: string): string | undefined {
  if (names.includes(name as TunableName)) return undefined
  const kept = leftover.exec(name)?.[1]
  if (kept !== undefined && names.includes(kept as TunableName))
    return `is a copy that an editor left; only ${kept} is read`
  const meant = likelyTunable(name)
  return meant === undefined
    ? 'is no control file that has an effect'
    : `is no control file that has an effect; ${meant} may be meant`
}

/** The control file that somebody probably wanted to write; undefined when none is near. */
export function likelyTunable(name: string): TunableName | undefined {
  const folded = asciiLower(name).replace(/[^a-z]/g, '')
  if (folded.length < 3) return undefined
  const same = names.find((known) => known === folded)
  const longer = names.filter((known) => known.startsWith(folded) || folded.startsWith(known))
  const [only] = longer
  if (same !== undefined) return same
  const near = nearest(folded, names)
  return (near ?? (longer.length === 1 ? only : undefined)) as TunableName | undefined
}
