interface Line<Item> {
  running: Promise<void> | undefined
  /** Those who wait for the deed that begins when `running` has ended. */
  next: { readonly items: Item[]; readonly done: Promise<void> } | undefined
}

/**
 * One deed for many callers (group commit): whoever asks while the deed is being done shares the next
 * one, which begins after he asked. When it fails, it fails for all who share it.
 */
export class Together<Item> {
  readonly #lines = new Map<string, Line<Item>>()
  readonly #deed: (items: readonly Item[]) => Promise<void>

  constructor(deed: (items: readonly Item[]) => Promise<void>) {
    this.#deed = deed
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
    await line.running?.catch(() => undefined)
    line.next = undefined
    const running = this.#deed(items)
    line.running = running
    try {
      await running
    } finally {
      if (line.next === undefined) this.#lines.delete(place)
    }
  }
}
