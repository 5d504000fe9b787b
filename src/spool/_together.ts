import { setImmediate as turn } from 'node:timers/promises'

interface Line<Item> {
  running: Promise<void> | undefined
  /** Those who wait for the deed that begins when `running` has ended. */
  next: { readonly items: Item[]; readonly done: Promise<void> } | undefined
}

/**
 * One deed for many callers (group commit): whoever asks before it begins shares it. When it fails,
 * it fails for all who share it.
 */
export class Together<Item> {
  readonly #lines = new Map<string, Line<Item>>()
  readonly #deed: (items: readonly Item[]) => Promise<void>
  readonly #overlap: boolean

  /** @param overlap whether a deed may begin while an older one of the same place is being done */
  constructor(deed: (items: readonly Item[]) => Promise<void>, overlap: boolean) {
    this.#deed = deed
    this.#overlap = overlap
  }

  /** @param place those with the same place share their deeds, such as the path of a directory. */
  async at(place: string, item: Item): Promise<void> {
    const line = this.#lines.get(place) ?? { running: undefined, next: undefined }
    this.#lines.set(place, line)
    if (line.next === undefined) {
      const items: Item[] = []
      line.next = { items, done: this.#begin(place, line, items) }
    }
    line.next.items.push(item)
    await line.next.done
  }

  async #begin(place: string, line: Line<Item>, items: readonly Item[]): Promise<void> {
    // What came with the same turn of the event loop goes together.
    await (this.#overlap ? turn() : line.running?.catch(() => undefined))
    line.next = undefined
    const running = this.#deed(items)
    line.running = running
    try {
      await running
    } finally {
      if (line.next === undefined && line.running === running) this.#lines.delete(place)
    }
  }
}
