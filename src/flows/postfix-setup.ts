import { Fault } from '../base/fault.ts'
import { applied, domainParameters, notesFor, wantedSettings } from '../policy/postfix-plan.ts'
import type { PostfixFacts, PostfixWish, Setting } from '../policy/postfix-plan.ts'
import { editsBetween, keyOf, undone, withoutEntries } from '../policy/postfix-state.ts'
import type { Done, Edit, PostfixState } from '../policy/postfix-state.ts'
import { configFiles, postfixConfig } from '../spool/postfix-config.ts'
import type { ConfigFile, PostfixConfig } from '../spool/postfix-config.ts'

export type { PostfixWish } from '../policy/postfix-plan.ts'

/** What is to be done to a Postfix. */
export interface PostfixPlan {
  readonly edits: readonly Edit[]
  /** Everything that must be so, also what is so already, each with its reason. */
  readonly settings: readonly Setting[]
  readonly notes: readonly string[]
  /** Files without a line end at their end: postconf would add to their last line. */
  readonly unended: readonly ConfigFile[]
}

/** What is kept beside main.cf, so that everything can be undone. */
interface Note {
  readonly version: 1
  readonly done: readonly Done[]
  /** The files as they were and as we left them: unless somebody edits, undoing is exact. */
  readonly files: Readonly<Partial<Record<ConfigFile, { before: string; after: string }>>>
}

const nothingDone: Note = { version: 1, done: [], files: {} }

/** @throws Fault notThere without a Postfix, badSettings when our note cannot be read */
export async function planPostfix(configDir: string, wish: PostfixWish): Promise<PostfixPlan> {
  return (await prepared(postfixConfig(configDir), wish)).plan
}

/**
 * Makes a Postfix as wished. Doing it again changes nothing; with another wish, what the first one
 * added goes. The note that undoes it is written before anything else.
 */
export async function applyPostfix(configDir: string, wish: PostfixWish): Promise<PostfixPlan> {
  const config = postfixConfig(configDir)
  const { plan, note, done } = await prepared(config, wish)
  if (plan.edits.length === 0) return plan
  const before = await filesOf(config)
  const same = (file: ConfigFile) => note.files[file]?.after === before[file]
  const original = (file: ConfigFile) =>
    note === nothingDone ? before[file] : same(file) ? note.files[file]?.before : undefined
  await config.writeNote(JSON.stringify({ ...note, done, files: {} }))
  for (const file of plan.unended) await config.write(file, `${before[file] ?? ''}\n`)
  await carryOut(config, plan.edits)
  const after = await filesOf(config)
  const files = Object.fromEntries(
    configFiles.flatMap((file) => {
      const bytes = original(file)
      return bytes === undefined ? [] : [[file, { before: bytes, after: after[file] }]]
    }),
  )
  await config.writeNote(JSON.stringify({ version: 1, done, files }, null, 1))
  return plan
}

/** Takes back what applyPostfix() did; what somebody else has changed since stays. */
export async function undoPostfix(configDir: string): Promise<readonly Edit[]> {
  const config = postfixConfig(configDir)
  const note = await noteIn(config)
  const { state } = await stateOf(config)
  const edits = editsBetween(state, undone(state, note.done))
  const now = await filesOf(config)
  for (const file of configFiles) {
    const mine = edits.filter((edit) => edit.file === file)
    const kept = note.files[file]
    if (kept === undefined || kept.after !== now[file]) await carryOut(config, mine)
    else if (kept.before !== kept.after) await config.write(file, kept.before)
  }
  await config.writeNote(undefined)
  return edits
}

async function prepared(config: PostfixConfig, wish: PostfixWish) {
  const note = await noteIn(config)
  const found = await stateOf(config)
  const facts = await factsOf(config, undone(found.state, note.done), found.version, note)
  const settings = wantedSettings(wish, facts)
  const goal = applied(settings, facts)
  const edits = editsBetween(found.state, goal.state)
  const files = await filesOf(config)
  const unended = configFiles.filter(
    (file) => edits.some((edit) => edit.file === file) && !/(^|\n)$/.test(files[file] ?? ''),
  )
  const plan: PostfixPlan = { edits, settings, notes: notesFor(wish, facts), unended }
  return { plan, note, done: goal.done }
}

async function noteIn(config: PostfixConfig): Promise<Note> {
  const text = await config.readNote()
  if (text === undefined) return nothingDone
  try {
    const note = JSON.parse(text) as Note
    if (note.version === 1 && Array.isArray(note.done)) return note
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown
  }
  throw new Fault('badSettings', 'mlmmj-postfix.undo.json beside main.cf is not what we wrote')
}

/** Everything that the two files set. */
async function stateOf(config: PostfixConfig): Promise<{ state: PostfixState; version: string }> {
  const state = new Map<string, string>()
  for (const [name, value] of await parameters(config, '-n'))
    state.set(keyOf({ file: 'main.cf', name }), value)
  for (const line of await config.postconf('-M')) {
    const text = line.trim().replace(/\s+/g, ' ')
    const name = text.split(' ').slice(0, 2).join('/')
    state.set(keyOf({ file: 'master.cf', name }), text)
  }
  const version = new Map(await parameters(config, '-d', 'mail_version')).get('mail_version') ?? ''
  return { state, version }
}

async function factsOf(
  config: PostfixConfig,
  state: PostfixState,
  version: string,
  { done }: Note,
): Promise<PostfixFacts> {
  const lists = ['virtual_alias_maps', 'transport_maps', 'virtual_alias_domains']
  const defaults = new Map(await parameters(config, '-d', ...lists, 'recipient_delimiter'))
  const ours = done.flatMap(({ entries }) => entries)
  const accepts = (await parameters(config, '-x', ...domainParameters)).map(
    ([name, value]) => [name, withoutEntries(value, ours)] as const,
  )
  return { version, state, defaults, accepts: new Map(accepts) }
}

async function parameters(config: PostfixConfig, ...args: readonly string[]) {
  return (await config.postconf(...args)).flatMap((line) => {
    const [, name, value] = /^(\S+) =\s*(.*)$/.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
}

async function filesOf(config: PostfixConfig) {
  const [main, master] = await Promise.all(configFiles.map((file) => config.read(file)))
  return { 'main.cf': main, 'master.cf': master }
}

async function carryOut(config: PostfixConfig, edits: readonly Edit[]): Promise<void> {
  for (const { file, args } of postconfCalls(edits)) await config.change(file, ...args)
}

/** The postconf(1) calls that make some edits. */
export function postconfCalls(
  edits: readonly Edit[],
): readonly { readonly file: ConfigFile; readonly args: readonly string[] }[] {
  return configFiles.flatMap((file) => {
    const master = file === 'master.cf' ? ['-M'] : []
    const mine = edits.filter((edit) => edit.file === file)
    const gone = mine.filter(({ to }) => to === undefined).map(({ name }) => name)
    const set = mine.flatMap(({ name, to }) => (to === undefined ? [] : [`${name}=${to}`]))
    return [
      ...(gone.length > 0 ? [{ file, args: [...master, '-X', ...gone] }] : []),
      ...(set.length > 0 ? [{ file, args: [...master, '-e', ...set] }] : []),
    ]
  })
}
