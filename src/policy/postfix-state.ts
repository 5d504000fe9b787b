/** A parameter of main.cf, or a service of master.cf such as `mlmmj/unix`. */
export interface Slot {
  readonly file: 'main.cf' | 'master.cf'
  readonly name: string
}

/** What a Postfix is set to: for each slot what its file says, in one line; nothing when unset. */
export type PostfixState = ReadonlyMap<string, string>

/** What is to be done to one slot. Either value is undefined when the slot is not set. */
export interface Edit extends Slot {
  readonly from: string | undefined
  readonly to: string | undefined
}

/** What was done to one slot, so that it can be undone. */
export interface Done extends Edit {
  /** What was added, where the value is a list and the rest of it is somebody else's. */
  readonly entries: readonly string[]
}

export function keyOf({ file, name }: Slot): string {
  return `${file} ${name}`
}

/**
 * The entries of a value such as that of transport_maps: separated by commas or blanks, except
 * inside braces.
 */
export function entriesOf(value: string): readonly string[] {
  const entries: string[] = []
  let [depth, entry] = [0, '']
  for (const char of `${value} `) {
    if (char === '{') depth++
    if (char === '}') depth--
    if (depth > 0 || !/[\s,]/.test(char)) entry += char
    else if (entry !== '') {
      entries.push(entry)
      entry = ''
    }
  }
  // Braces that are never closed: Postfix will complain, we keep every byte.
  return entry.trim() === '' ? entries : [...entries, entry.trim()]
}

/** A value with one more entry; as it was when it has that entry. */
export function withEntry(value: string, entry: string): string {
  if (entriesOf(value).includes(entry)) return value
  return value.trim() === '' ? entry : `${value}, ${entry}`
}

/** A value without some of its entries. */
export function withoutEntries(value: string, entries: readonly string[]): string {
  return entriesOf(value)
    .filter((entry) => !entries.includes(entry))
    .join(', ')
}

/**
 * The state before something was done. Where somebody has changed a value since, only what we added
 * is taken out of it; a value that was not ours to begin with stays.
 */
export function undone(state: PostfixState, done: readonly Done[]): PostfixState {
  const before = new Map(state)
  for (const { from, to, entries, ...slot } of done) {
    const key = keyOf(slot)
    const now = state.get(key)
    if (now === to) set(before, key, from)
    else if (now !== undefined && entries.length > 0) {
      set(before, key, withoutEntries(now, entries) || from)
    }
  }
  return before
}

/** What leads from one state to another. */
export function editsBetween(from: PostfixState, to: PostfixState): readonly Edit[] {
  const keys = [...new Set([...from.keys(), ...to.keys()])]
  return keys.flatMap((key) => {
    const [file = '', name = ''] = key.split(' ')
    const edit = { file: file as Slot['file'], name, from: from.get(key), to: to.get(key) }
    return edit.from === edit.to ? [] : [edit]
  })
}

function set(state: Map<string, string>, key: string, value: string | undefined): void {
  if (value === undefined) state.delete(key)
  else state.set(key, value)
}
