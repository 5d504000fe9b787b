import { identityOf } from '../list/identity.ts'
import { isFault, Fault } from '../base/fault.ts'
import { isList, settingsOf } from '../spool/settings.ts'
import { lendOwner, ownerOfList } from '../spool/become-owner.ts'
import {
  giveListTo,
  listDirOf,
  makeListDir,
  readTexts,
  refillListDir,
  type ListContent,
} from '../spool/new-list.ts'

/** A list that shall exist. Name, domain and owner are checked already; the last two byte strings. */
export interface ListPlan {
  readonly spoolDir: string
  readonly name: string
  readonly domain: string
  readonly owner: string
  /** A directory of list texts to copy; without it the list uses those of the program. */
  readonly textsFrom: string | undefined
  /** The language of those texts, when they are ours. */
  readonly language?: string | undefined
  /** Who shall own the directory, as chown(1) takes it. */
  readonly user: string | undefined
  /** Rewrite address, owner and texts of a list that exists. */
  readonly force: boolean
}

export interface MadeList {
  readonly dir: string
  readonly address: string
  readonly result: 'made' | 'rewritten' | 'there'
  /** False when textsFrom is no directory: nothing was copied. */
  readonly textsFound: boolean
}

/**
 * Makes a list, or finds that it is there. Running it again changes nothing.
 *
 * @throws Fault alreadyThere when a list of this name has another address or owner
 */
export async function makeList(plan: ListPlan): Promise<MadeList> {
  const texts = plan.textsFrom === undefined ? undefined : await readTexts(plan.textsFrom)
  const address = `${plan.name}@${plan.domain}`
  const content = {
    address,
    owner: plan.owner,
    texts: texts ?? new Map<string, Buffer>(),
    language: plan.language,
  }
  const dir = listDirOf(plan.spoolDir, plan.name)
  const textsFound = plan.textsFrom === undefined || texts !== undefined
  return { dir, address, result: await put(plan, dir, content), textsFound }
}

async function put(plan: ListPlan, dir: string, content: ListContent): Promise<MadeList['result']> {
  const { spoolDir, name, user, force } = plan
  if ((await makeListDir(spoolDir, name, content, user)) === 'made') return 'made'
  if (force) {
    // What an owner has put there could lead root astray; a new owner gets it first.
    if (user !== undefined) await giveListTo(user, dir)
    await lendOwner(await ownerOfList(dir), () => refillListDir(dir, content))
    return 'rewritten'
  }
  const other = await difference(dir, content)
  if (other === undefined) return 'there'
  throw new Fault('alreadyThere', `${dir} ${other}; nothing was changed (--force rewrites it)`)
}

/** What the directory is instead of the list we want, as the end of a sentence. */
async function difference(dir: string, want: ListContent): Promise<string | undefined> {
  if (!(await isList(dir))) return 'exists already and is no complete list'
  try {
    const settings = await settingsOf(dir)
    const { primary } = identityOf(settings)
    if (primary !== want.address) return `exists already, with the address ${primary}`
    const owners = settings.owner ?? []
    return owners.includes(want.owner)
      ? undefined
      : `exists already, with the owner ${owners.join(', ') || '(nobody)'}`
  } catch (thrown) {
    if (isFault(thrown, 'badSettings')) return 'exists already, without an address'
    throw thrown
  }
}
