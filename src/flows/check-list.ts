import { asFault } from '../base/fault.ts'
import { doubtfulSettings } from '../list/doubtful-settings.ts'
import { identityOf } from '../list/identity.ts'
import { whyNoTunable } from '../list/likely-tunable.ts'
import { tunables } from '../list/tunables.ts'
import { controlFiles, isEmptyControl } from '../spool/control-files.ts'
import { listsBelow } from '../spool/lists.ts'
import { directoryTrouble, ownershipOf, quoted } from '../spool/ownership.ts'
import { journalIsLeft } from '../spool/recover-journal.ts'
import { settingsOf } from '../spool/settings.ts'
import { placesOf } from '../spool/waiting.ts'

/** Something in a list that a person should look at. */
export interface Finding {
  /** Below the list, such as `control/footr`. */
  readonly path: string
  /** The end of a sentence that begins with the path. */
  readonly why: string
  /** The command that mends it, when there is exactly one. */
  readonly mend?: string
}

/**
 * What is wrong with a list: owners and modes that keep us out, names in control/ that mean nothing,
 * values that cannot be used, and files without effect. Nothing is changed.
 */
export async function checkList(listDir: string): Promise<readonly Finding[]> {
  try {
    return [...(await ownershipOf(listDir)), ...(await checkControl(listDir))]
  } catch (thrown) {
    return [{ path: 'the list', why: `cannot be read: ${asFault(thrown).message}` }]
  }
}

/** What a killed program left, and what brings it on. */
export async function leftFinding(listDir: string): Promise<Finding | undefined> {
  if (!(await journalIsLeft(listDir))) return undefined
  const why = 'may hold mails that a killed service had taken; this brings them into incoming/:'
  return { path: '.mlmmj-ts', why, mend: `mlmmj-maintd -F -L ${quoted(listDir)}` }
}

/** As checkList(), of the control files alone. @throws Fault when they cannot be read. */
export async function checkControl(listDir: string): Promise<readonly Finding[]> {
  const present = await controlFiles(listDir)
  const found = new Map<string, Finding>()
  const add = (file: string, why: string) => {
    const path = `control/${file}`
    found.set(`${path} ${why}`, { path, why })
  }
  const settings = await settingsOf(listDir, add)
  for (const name of present) {
    const why = whyNoTunable(name)
    if (why !== undefined) add(name, why)
    else if (isDead(name) && (await isEmptyControl(listDir, name)))
      add(name, 'is empty and has no effect')
  }
  for (const { file, why } of doubtfulSettings(settings, present)) add(file, why)
  try {
    identityOf(settings)
  } catch (thrown) {
    add('listaddress', `is of no use: ${asFault(thrown).message}`)
  }
  return [...found.values()]
}

/** Lists that are tried before a spool is thought to be of no use. */
const tried = 10

/**
 * Why nothing can be stored in a spool; undefined when it can. On Debian the spool itself is root's
 * and its lists are the mail system's, so a list that can be written will do.
 *
 * @throws Fault spoolTrouble when it cannot even be looked at.
 */
export async function spoolFinding(spoolDir: string): Promise<Finding | undefined> {
  const trouble = await directoryTrouble(spoolDir)
  if (trouble === undefined) return undefined
  for (const listDir of (await listsBelow(spoolDir)).slice(0, tried))
    if ((await directoryTrouble(placesOf(listDir).incoming)) === undefined) return undefined
  return trouble
}

/**
 * Why files cannot be made in a directory of our own; undefined when they can.
 *
 * @throws Fault spoolTrouble when it cannot even be looked at.
 */
export async function directoryFinding(dir: string): Promise<Finding | undefined> {
  return await directoryTrouble(dir)
}

/** Whether an empty file of this name is as good as none. */
function isDead(name: string): boolean {
  const { kind, read } = tunables[name as keyof typeof tunables]
  if (kind === 'flag' || name === 'listaddress') return false
  const empty = read(Buffer.alloc(0), () => undefined)
  return kind !== 'lines' && empty === tunables[name as keyof typeof tunables].fallback
}
