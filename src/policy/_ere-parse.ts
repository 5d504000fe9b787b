import { Fault } from '../base/fault.ts'
import { readBracket } from './_ere-bracket.ts'
import { charSet, foldByte, isSpace, isWordByte, type CharSet } from './_ere-charset.ts'
import { readInterval } from './_ere-interval.ts'
import { tokenAt, type Token } from './_ere-token.ts'
import { againOf, empty, groupOf, joined, placeOf, repeated, setOf } from './_ere-tree.ts'
import type { EreTree, Place } from './_ere-tree.ts'

export interface ParsedEre {
  readonly tree: EreTree
  /** How many groups there are. */
  readonly groups: number
  /** Whether `\1` or another reference to a group occurs. */
  readonly refers: boolean
  readonly warnings: readonly string[]
}

/** Where reading is: `token` is the one at `at`, not yet taken. */
interface Reading {
  readonly pattern: string
  at: number
  token: Token
  depth: number
  groups: number
  /** Groups that a reference may name here. */
  closed: ReadonlySet<number>
  refers: boolean
  readonly warnings: string[]
}

/** Groups within groups; more would be a program's doing, and need our stack. */
const deepest = 100

const places: Readonly<Record<string, Place>> = {
  '^': 'start',
  '`': 'start',
  $: 'end',
  "'": 'end',
  '<': 'wordStart',
  '>': 'wordEnd',
  b: 'wordEdge',
  B: 'noWordEdge',
}

const classes: Readonly<Record<string, CharSet>> = {
  '.': charSet(() => true),
  w: charSet(isWordByte),
  W: charSet((folded) => !isWordByte(folded)),
  s: charSet(isSpace),
  S: charSet((folded) => !isSpace(folded)),
}

const quantifiers: Readonly<Record<string, readonly [least: number, most: number]>> = {
  '*': [0, Infinity],
  '+': [1, Infinity],
  '?': [0, 1],
}

/**
 * Reads a POSIX extended regular expression (a byte string) as glibc's regcomp does with
 * REG_EXTENDED and REG_ICASE in the C locale (spec mailflow 10). One thing is ours: an escaped
 * small letter without a meaning stands for the letter, and there is a warning.
 * @throws Fault badSettings for what glibc refuses, and for what is too deep or too large.
 */
export function parseEre(pattern: string): ParsedEre {
  const reading: Reading = {
    pattern,
    at: 0,
    token: tokenAt(pattern, 0),
    depth: 0,
    groups: 0,
    closed: new Set(),
    refers: false,
    warnings: [],
  }
  const tree = alternatives(reading)
  const { groups, refers, warnings } = reading
  return { tree, groups, refers, warnings }
}

/**
 * Ends at the end or, inside a group, at the `)`. A branch cannot refer to groups of those before
 * it; what follows all of them can.
 */
function alternatives(reading: Reading): EreTree {
  const before = reading.closed
  const branches = [branch(reading)]
  const closed = new Set(reading.closed)
  while (reading.token.kind === '|') {
    take(reading)
    reading.closed = before
    branches.push(branch(reading))
    for (const group of reading.closed) closed.add(group)
  }
  reading.closed = closed
  return joined('any', branches)
}

function branch(reading: Reading): EreTree {
  const parts: EreTree[] = []
  for (;;) {
    const { kind } = reading.token
    if (kind === 'end' || kind === '|' || (kind === ')' && reading.depth > 0)) break
    parts.push(kind === 'anchor' ? anchor(reading) : repetitions(reading, atom(reading)))
  }
  return joined('all', parts)
}

/** An anchor cannot be repeated: what follows it begins a new expression. */
function anchor(reading: Reading): EreTree {
  const place = places[reading.token.char]
  take(reading)
  return place === undefined ? empty : placeOf(place)
}

function atom(reading: Reading): EreTree {
  const { kind, char } = reading.token
  if (kind in quantifiers || kind === '{')
    throw new Fault('badSettings', `there is nothing before ${char} that could be repeated`)
  if (kind === '[') {
    const { set, next } = readBracket(reading.pattern, reading.at + 1)
    moveTo(reading, next)
    return setOf(set)
  }
  if (kind === '(') return group(reading)
  if (kind === 'again') return again(reading)
  const set = kind === 'class' ? classes[char] : undefined
  if (set === undefined) return itself(reading)
  take(reading)
  return setOf(set)
}

/** A character that stands for itself: also `}`, and a `)` that closes nothing. */
function itself(reading: Reading): EreTree {
  const { char, suspicious } = reading.token
  if (suspicious)
    reading.warnings.push(`\\${char} means the letter ${char} here (mlmmj lets it match nothing)`)
  take(reading)
  const wanted = foldByte(char.charCodeAt(0))
  return setOf(charSet((folded) => folded === wanted))
}

function group(reading: Reading): EreTree {
  const number = ++reading.groups
  if (++reading.depth > deepest) throw new Fault('badSettings', 'groups are nested too deeply')
  take(reading)
  const inner = alternatives(reading)
  if (reading.token.kind !== ')') throw new Fault('badSettings', 'a ( is not closed')
  reading.depth--
  take(reading)
  reading.closed = new Set([...reading.closed, number])
  return groupOf(number, inner)
}

function again(reading: Reading): EreTree {
  const number = Number(reading.token.char)
  if (!reading.closed.has(number))
    throw new Fault('badSettings', `\\${number} refers to a group that does not stand before it`)
  reading.refers = true
  take(reading)
  return againOf(number)
}

function repetitions(reading: Reading, atom: EreTree): EreTree {
  let tree = atom
  for (;;) {
    const simple = quantifiers[reading.token.kind]
    if (simple) {
      tree = repeated(tree, ...simple)
      take(reading)
    } else if (reading.token.kind === '{') {
      const { least, most, next } = readInterval(reading.pattern, reading.at + 1)
      tree = repeated(tree, least, most)
      moveTo(reading, next)
    } else {
      return tree
    }
  }
}

function take(reading: Reading): void {
  moveTo(reading, reading.at + reading.token.length)
}

function moveTo(reading: Reading, at: number): void {
  reading.at = at
  reading.token = tokenAt(reading.pattern, at)
}
