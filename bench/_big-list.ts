import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { type ListSetup, type ScratchList, scratchList } from '../test/_list.ts'

/**
 * Of a thousand people, how many have an address that begins with which letter: about as given names
 * do. A list has a file for each, so this decides how large the files are.
 */
const thousand: Readonly<Record<string, number>> = {
  ...{ a: 94, b: 47, c: 71, d: 60, e: 46, f: 28, g: 36, h: 34, i: 22, j: 92, k: 52, l: 56, m: 100 },
  ...{ n: 37, o: 12, p: 44, q: 2, r: 52, s: 73, t: 48, u: 4, v: 20, w: 20, x: 3, y: 10, z: 7 },
  ...{ 0: 5, 1: 9, 2: 6, 3: 4, 7: 3, 9: 3 },
}

export type Shape = 'as names begin' | 'all with one letter'

/** The first letter of address number N. */
export function firstLetters(shape: Shape): string {
  if (shape === 'all with one letter') return 'm'
  const letters = Object.entries(thousand).flatMap(([letter, times]) => letter.repeat(times))
  return letters.join('')
}

/** Address number N of a list. */
export function address(letters: string, n: number): string {
  // A prime, so that neighbours do not share a letter.
  return `${letters.charAt((n * 7919) % letters.length)}user${n}@example.net`
}

/** A list of so many subscribers, without a trace of them in this process's memory. */
export async function bigList(
  count: number,
  shape: Shape,
  setup: ListSetup = {},
): Promise<ScratchList> {
  const list = await scratchList({ subscribers: [], ...setup })
  const letters = firstLetters(shape)
  const files = new Map<string, { handle: number; text: string }>()
  mkdirSync(list.path('subscribers.d'), { recursive: true })
  for (let n = 0; n < count; n++) {
    const line = `${address(letters, n)}\n`
    const name = line.charAt(0)
    const path = list.path('subscribers.d', name)
    const file = files.get(name) ?? { handle: openSync(path, 'w', 0o600), text: '' }
    file.text += line
    if (file.text.length > 65_536) file.text = written(file)
    files.set(name, file)
  }
  for (const file of files.values()) {
    written(file)
    closeSync(file.handle)
  }
  return list
}

function written({ handle, text }: { handle: number; text: string }): string {
  writeSync(handle, text)
  return ''
}
