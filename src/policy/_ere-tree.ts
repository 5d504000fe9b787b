import { Fault } from '../base/fault.ts'
import type { CharSet } from './_ere-charset.ts'

/** Where an expression may require the subject to be, without taking a character. */
export type Place = 'start' | 'end' | 'wordStart' | 'wordEnd' | 'wordEdge' | 'noWordEdge'

interface Sized {
  /** Steps of a machine that has every repetition written out. */
  readonly size: number
}

/** An expression, read. `most` of a repetition may be Infinity; groups count from 1. */
export type EreTree = Sized &
  (
    | { readonly kind: 'empty' }
    | { readonly kind: 'set'; readonly set: CharSet }
    | { readonly kind: 'place'; readonly place: Place }
    | { readonly kind: 'again'; readonly group: number }
    | { readonly kind: 'group'; readonly group: number; readonly inner: EreTree }
    | { readonly kind: 'all' | 'any'; readonly parts: readonly EreTree[] }
    | {
        readonly kind: 'repeat'
        readonly inner: EreTree
        readonly least: number
        readonly most: number
      }
  )

/** Room for the 32767 that glibc counts to, each of them optional; some 20 MB in re2js. */
const largest = 70_000

export const empty: EreTree = { kind: 'empty', size: 1 }

export function setOf(set: CharSet): EreTree {
  return { kind: 'set', set, size: 1 }
}

/** Word places weigh more: they are looked-behind conditions in re2js. */
export function placeOf(place: Place): EreTree {
  return { kind: 'place', place, size: 4 }
}

export function againOf(group: number): EreTree {
  return { kind: 'again', group, size: 1 }
}

export function groupOf(group: number, inner: EreTree): EreTree {
  return { kind: 'group', group, inner, size: inner.size + 2 }
}

/** One part after the other (all), or one of the parts (any). */
export function joined(kind: 'all' | 'any', parts: readonly EreTree[]): EreTree {
  const [first = empty] = parts
  if (parts.length < 2) return first
  return { kind, parts, size: within(parts.reduce((sum, part) => sum + part.size + 1, 0)) }
}

/**
 * A repetition. `a**` and its like become one, so that a tree is never deep without being large.
 * @throws Fault badSettings when it is too large written out.
 */
export function repeated(inner: EreTree, least: number, most: number): EreTree {
  if (most === 0) return empty
  if (inner.kind === 'repeat' && isSimple(inner.least, inner.most) && isSimple(least, most))
    return repeated(inner.inner, inner.least * least, inner.most * most)
  const copies = most === Infinity ? Math.max(least, 1) : most
  const size = within(inner.size * copies + (least === most ? 0 : copies))
  return { kind: 'repeat', inner, least, most, size }
}

function isSimple(least: number, most: number): boolean {
  return least <= 1 && (most === 1 || most === Infinity)
}

function within(size: number): number {
  if (size <= largest) return size
  throw new Fault('badSettings', 'repetitions of repetitions make the expression too large')
}
