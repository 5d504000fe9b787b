import type { Address } from '../message/address.ts'
import { ctime } from '../message/date.ts'
import { recordBounce } from '../spool/bounces.ts'
import { rosterOf } from '../spool/roster.ts'
import type { House } from './house.ts'

const flushAt = 200

/** Bounces seen while delivering post N or a digest, noted for each subscriber by his own address. */
export class BounceNotes {
  readonly #house: House
  readonly #listDir: string
  readonly #id: number | 'digest'
  #waiting: Address[] = []

  constructor(house: House, listDir: string, id: number | 'digest') {
    this.#house = house
    this.#listDir = listDir
    this.#id = id
  }

  add(address: Address): void {
    this.#waiting.push(address)
  }

  /** So many wait that memory would grow with the recipients. */
  get mustFlush(): boolean {
    return this.#waiting.length >= flushAt
  }

  async flush(): Promise<void> {
    const addresses = this.#waiting
    this.#waiting = []
    if (addresses.length === 0) return
    const now = this.#house.chance.now()
    const stamp = {
      id: this.#id,
      epochSeconds: Math.floor(now / 1_000),
      ctime: ctime(now, this.#house.zoneMinutes(now)),
    }
    const roster = rosterOf(this.#listDir)
    for (const address of addresses)
      if (await roster.has(address)) await recordBounce(this.#listDir, address, stamp)
  }
}
