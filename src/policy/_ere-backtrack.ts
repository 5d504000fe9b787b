import { Fault } from '../base/fault.ts'
import { foldByte, isWordByte } from './_ere-charset.ts'
import { groupSlots, type Program } from './_ere-program.ts'
import type { Place } from './_ere-tree.ts'
import type { Fuel } from './ere.ts'

/** Dearer than it is (some 40 ns), so that the worst expression is given up within a second. */
const stepCost = 40

/** Ways not yet tried, two numbers each; some 16 MB. */
const mostWays = 2_000_000

/**
 * Whether a part of the subject matches, found by trying. This is for expressions that refer to
 * groups (`(.)\1`): no known way to match those is fast for every subject, so the fuel decides.
 * @throws Fault tooBig when the fuel or the room for ways not yet tried runs out.
 */
export function backtrack(program: Program, subject: string, fuel: Fuel): boolean {
  for (let start = 0; start <= subject.length; start++)
    if (matchesAt(program, subject, start, fuel)) return true
  return false
}

/**
 * `ways` holds pairs: a step and the offset to go on there with, or, for a step below zero, a slot
 * (as -1 - slot) and the value it had before.
 */
function matchesAt(program: Program, subject: string, start: number, fuel: Fuel): boolean {
  const { steps } = program
  fuel.left -= program.slots
  const slots = new Array<number>(program.slots).fill(-1)
  const ways: number[] = []
  let at = 0
  let offset = start
  for (;;) {
    fuel.left -= stepCost
    if (fuel.left < 0 || ways.length > mostWays)
      throw new Fault('tooBig', 'a rule that refers to a group takes too long on this mail')
    const step = steps[at++]
    let fits = true
    switch (step?.do) {
      case undefined:
      case 'match':
        return true
      case 'take':
        fits = step.set[subject.charCodeAt(offset++)] === 1
        break
      case 'be':
        fits = isAt(step.place, subject, offset)
        break
      case 'repeat group': {
        const length = lengthAgain(subject, offset, slots, step.group, fuel)
        fits = length !== undefined
        offset += length ?? 0
        break
      }
      case 'try':
        ways.push(step.to, offset)
        break
      case 'jump':
        at = step.to
        break
      case 'note':
        ways.push(-1 - step.slot, slots[step.slot] ?? -1)
        slots[step.slot] = offset
        break
      case 'loop':
        if (slots[step.slot] !== offset) at = step.to
    }
    while (!fits) {
      const value = ways.pop()
      const where = ways.pop()
      if (value === undefined || where === undefined) return false
      if (where < 0) {
        slots[-1 - where] = value
      } else {
        at = where
        offset = value
        fits = true
      }
    }
  }
}

/** The length of what the group matched when it stands here once more, in letters of any case. */
function lengthAgain(
  subject: string,
  offset: number,
  slots: readonly number[],
  group: number,
  fuel: Fuel,
): number | undefined {
  const [fromSlot, toSlot] = groupSlots(group)
  const from = slots[fromSlot] ?? -1
  const length = (slots[toSlot] ?? -1) - from
  if (from < 0 || length < 0 || offset + length > subject.length) return undefined
  fuel.left -= length
  for (let i = 0; i < length; i++)
    if (foldByte(subject.charCodeAt(from + i)) !== foldByte(subject.charCodeAt(offset + i)))
      return undefined
  return length
}

function isAt(place: Place, subject: string, offset: number): boolean {
  const before = isWordByte(foldByte(subject.charCodeAt(offset - 1)))
  const after = isWordByte(foldByte(subject.charCodeAt(offset)))
  switch (place) {
    case 'start':
      return offset === 0
    case 'end':
      return offset === subject.length
    case 'wordStart':
      return !before && after
    case 'wordEnd':
      return before && !after
    case 'wordEdge':
      return before !== after
    case 'noWordEdge':
      return before === after
  }
}
