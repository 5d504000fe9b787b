/** What blanks (and NUL, which no address has) become: they say nothing about a line. */
const nothing = 0
/** Bytes as they are compared: capital ASCII letters like small ones. */
const folded = Uint8Array.from({ length: 256 }, (_, byte) => {
  if ([0x20, 0x09, 0x0d, 0x0a].includes(byte)) return nothing
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
})
/** Not the same in two processes, so that nobody can choose addresses whose prints are alike. */
const seed = Math.floor(Math.random() * 2 ** 32) | 0

/** Calls for each line that is not blank: where it begins, where the next one does, and its print. */
export function eachLine(
  block: Uint8Array,
  visit: (from: number, to: number, print: number) => void,
): void {
  let [from, print, blank] = [0, seed, true]
  for (let at = 0; at < block.length; at++) {
    const raw = block[at] ?? 0
    const byte = folded[raw] ?? nothing
    if (byte !== nothing) {
      print = Math.imul(print ^ byte, 0x01000193)
      blank = false
    } else if (raw === 0x0a) {
      if (!blank) visit(from, at + 1, mixed(print))
      ;[from, print, blank] = [at + 1, seed, true]
    }
  }
  if (!blank) visit(from, block.length, mixed(print))
}

/** The print of a line with this text: 32 bits that are the same in every spelling of its letters. */
export function printOf(text: string): number {
  let print = seed
  for (let at = 0; at < text.length; at++) {
    const byte = folded[text.charCodeAt(at)] ?? nothing
    if (byte !== nothing) print = Math.imul(print ^ byte, 0x01000193)
  }
  return mixed(print)
}

function mixed(print: number): number {
  const half = Math.imul(print ^ (print >>> 16), 0x85ebca6b)
  return half ^ (half >>> 13)
}

const empty = 0
/** The place of a line that was cut; it keeps its slot, or what lies behind would not be found. */
const gone = 0xffff_ffff
/** Positions are kept as 32 bits, less these two. */
export const largestFile = gone - 2

/**
 * Where in a file the lines of each print begin: a hash table of eight bytes a slot with no objects
 * in it, as a million objects would take ten times the memory. Two lines may have the same print,
 * so what is found is only where to look.
 */
export class LineTable {
  #prints: Int32Array
  /** One more than the position. */
  #places: Uint32Array
  #used = 0

  /** @param lines about how many there will be */
  constructor(lines: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(lines, 8) * 1.4))
    this.#prints = new Int32Array(slots)
    this.#places = new Uint32Array(slots)
  }

  get bytes(): number {
    return this.#prints.byteLength + this.#places.byteLength
  }

  add(print: number, position: number): void {
    if (this.#used > this.#places.length * 0.75) this.#makeRoom()
    this.#put(print, position + 1)
  }

  find(print: number): number[] {
    const found: number[] = []
    const mask = this.#places.length - 1
    for (let slot = print & mask; ; slot = (slot + 1) & mask) {
      const place = this.#places[slot] ?? empty
      if (place === empty) return found
      if (place !== gone && this.#prints[slot] === print) found.push(place - 1)
    }
  }

  /** The bytes from `from` to `to` are cut out of the file. */
  cut(from: number, to: number): void {
    for (let slot = 0; slot < this.#places.length; slot++) {
      const place = this.#places[slot] ?? empty
      if (place <= from || place === gone) continue
      this.#places[slot] = place <= to ? gone : place - (to - from)
    }
  }

  #put(print: number, place: number): void {
    const mask = this.#places.length - 1
    let slot = print & mask
    while (this.#places[slot] !== empty) slot = (slot + 1) & mask
    this.#prints[slot] = print
    this.#places[slot] = place
    this.#used += 1
  }

  #makeRoom(): void {
    const [prints, places] = [this.#prints, this.#places]
    const left = places.reduce((sum, place) => sum + Number(place !== empty && place !== gone), 0)
    const slots = left > places.length / 2 ? places.length * 2 : places.length
    ;[this.#prints, this.#places] = [new Int32Array(slots), new Uint32Array(slots)]
    this.#used = 0
    places.forEach((place, slot) => {
      if (place !== empty && place !== gone) this.#put(prints[slot] ?? 0, place)
    })
  }
}
