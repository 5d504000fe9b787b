import { Fault } from '../../base/fault.ts'

/** So much of a mail waits in memory for the disk at the most (bytes). */
const mostHeld = 262_144

type Next = IteratorResult<Uint8Array, undefined>

/** A mail on its way from a connection to whoever stores it, who may be slower. One may read it. */
export class MailContent implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #hasRoom: () => void
  readonly #chunks: Uint8Array[] = []
  #held = 0
  #end: 'complete' | Fault | undefined
  #isUnwanted = false
  #reader: { resolve(next: Next): void; reject(fault: Fault): void } | undefined

  /** @param hasRoom called when it was full and is no longer */
  constructor(hasRoom: () => void) {
    this.#hasRoom = hasRoom
  }

  /** Whether more should wait until somebody reads. */
  get isFull(): boolean {
    return this.#held >= mostHeld
  }

  put(chunk: Uint8Array): void {
    if (this.#isUnwanted || this.#end !== undefined || chunk.length === 0) return
    if (this.#reader === undefined) {
      this.#chunks.push(chunk)
      this.#held += chunk.length
    } else this.#give()?.resolve({ value: chunk, done: false })
  }

  /** That was all of it. */
  complete(): void {
    this.#end ??= 'complete'
    this.#give()?.resolve(atEnd)
  }

  /** There will be no end: who reads gets the fault instead of what is still here. */
  fail(fault: Fault): void {
    if (this.#end !== undefined) return
    this.#end = fault
    this.#drop()
    this.#give()?.reject(fault)
  }

  /** Nobody will read any more: what is here and what comes is thrown away. */
  discard(): void {
    this.#isUnwanted = true
    this.#drop()
  }

  #drop(): void {
    const wasFull = this.isFull
    this.#chunks.length = 0
    this.#held = 0
    if (wasFull) this.#hasRoom()
  }

  #give() {
    const reader = this.#reader
    this.#reader = undefined
    return reader
  }

  next(): Promise<Next> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      const wasFull = this.isFull
      this.#held -= chunk.length
      if (wasFull && !this.isFull) this.#hasRoom()
      return Promise.resolve({ value: chunk, done: false })
    }
    // Of what was thrown away nothing may look like the end of a mail.
    if (this.#isUnwanted)
      return Promise.reject(new Fault('bug', 'a mail is read that was given up'))
    if (this.#end === 'complete') return Promise.resolve(atEnd)
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }))
  }

  return(): Promise<Next> {
    this.discard()
    return Promise.resolve(atEnd)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

const atEnd: Next = { value: undefined, done: true }
