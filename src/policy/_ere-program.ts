import type { CharSet } from './_ere-charset.ts'
import type { EreTree, Place } from './_ere-tree.ts'

/** One step of a backtracking machine. Numbers named `to` are indexes of steps. */
export type Step =
  | { readonly do: 'take'; readonly set: CharSet }
  | { readonly do: 'be'; readonly place: Place }
  | { readonly do: 'repeat group'; readonly group: number }
  /** Go on with the next step; come back and go on at `to` when that leads nowhere. */
  | { readonly do: 'try'; to: number }
  | { readonly do: 'jump'; to: number }
  /** Note the offset in a slot. */
  | { readonly do: 'note'; readonly slot: number }
  /** Jump, unless the offset is still the one noted in the slot: an empty round is the last. */
  | { readonly do: 'loop'; readonly slot: number; readonly to: number }
  | { readonly do: 'match' }

export interface Program {
  readonly steps: readonly Step[]
  readonly slots: number
}

/** Slots of a group: where it began, where it ended. */
export function groupSlots(group: number): readonly [number, number] {
  return [2 * group - 2, 2 * group - 1]
}

/** Writes an expression out as steps; every repetition becomes copies. */
export function programOf(tree: EreTree, groups: number): Program {
  const steps: Step[] = []
  let slots = 2 * groups
  write(tree)
  steps.push({ do: 'match' })
  return { steps, slots }

  function write(part: EreTree): void {
    switch (part.kind) {
      case 'empty':
        return
      case 'set':
        steps.push({ do: 'take', set: part.set })
        return
      case 'place':
        steps.push({ do: 'be', place: part.place })
        return
      case 'again':
        steps.push({ do: 'repeat group', group: part.group })
        return
      case 'group': {
        const [from, to] = groupSlots(part.group)
        steps.push({ do: 'note', slot: from })
        write(part.inner)
        steps.push({ do: 'note', slot: to })
        return
      }
      case 'all':
        part.parts.forEach(write)
        return
      case 'any':
        writeAny(part.parts)
        return
      case 'repeat':
        for (let i = 0; i < part.least; i++) write(part.inner)
        if (part.most === Infinity) writeLoop(part.inner)
        else writeOptional(part.inner, part.most - part.least)
    }
  }

  function writeAny(parts: readonly EreTree[]): void {
    const ends: { to: number }[] = []
    parts.forEach((part, index) => {
      if (index === parts.length - 1) return write(part)
      const next = put({ do: 'try', to: 0 })
      write(part)
      ends.push(put({ do: 'jump', to: 0 }))
      next.to = steps.length
    })
    for (const end of ends) end.to = steps.length
  }

  function writeLoop(inner: EreTree): void {
    const slot = slots++
    const head = steps.length
    const done = put({ do: 'try', to: 0 })
    steps.push({ do: 'note', slot })
    write(inner)
    steps.push({ do: 'loop', slot, to: head })
    done.to = steps.length
  }

  function writeOptional(inner: EreTree, times: number): void {
    const ends: { to: number }[] = []
    for (let i = 0; i < times; i++) {
      ends.push(put({ do: 'try', to: 0 }))
      write(inner)
    }
    for (const end of ends) end.to = steps.length
  }

  function put<Kind extends Step>(step: Kind): Kind {
    steps.push(step)
    return step
  }
}
