import { execFile } from 'node:child_process'
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { realChance } from '../base/chance.ts'
import { digestOf } from '../base/hashes.ts'
import { errnoOf, Fault } from '../base/fault.ts'
import { fileOf, pathOn, type Shelf } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'
import { replaceFile, syncDirectory } from './durable.ts'
import { writeTextManifest } from './text-manifest.ts'

/** Every directory a list has (spec spool 1.1), parents first. */
const shelves: readonly Shelf[] = [
  'incoming',
  'queue',
  'discarded',
  'archive',
  'text',
  'subconf',
  'unsubconf',
  'bounces',
  'control',
  'held',
  'normal',
  'digest',
  'nomail',
  'requeue',
]

/** What a list directory holds at its beginning. Byte strings, one line each. */
export interface ListContent {
  readonly address: string
  readonly owner: string
  /** List texts to copy into text/, by name. */
  readonly texts: ReadonlyMap<string, Buffer>
  /** Their language, so that renew-text knows them from texts that somebody edited. */
  readonly language?: string | undefined
}

/** Where the directory of a list is, or will be. */
export function listDirOf(spoolDir: string, name: string): string {
  return join(spoolDir, name)
}

/**
 * Makes a list that is there as a whole or not at all: it is built as a hidden sibling and renamed.
 * Modes are those of the caller's umask, as with mlmmj.
 *
 * @param user who shall own it, as chown(1) takes it; the caller unless given
 * @returns exists when something is in the place of the list already; it is left alone
 * @throws Fault spoolTrouble, spoolFull; notAllowed when the owner cannot be set
 */
export async function makeListDir(
  spoolDir: string,
  name: string,
  content: ListContent,
  user?: string,
): Promise<'made' | 'exists'> {
  const draft = join(spoolDir, `.${name}.new-${realChance.id()}`)
  try {
    await mkdir(spoolDir, { recursive: true })
    await mkdir(draft)
    await fill(draft, content)
    if (user !== undefined) await giveListTo(user, draft)
    await rename(draft, listDirOf(spoolDir, name))
    await syncDirectory(spoolDir)
    return 'made'
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true })
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errnoOf(thrown) ?? '')) return 'exists'
    throw diskFault(thrown, listDirOf(spoolDir, name))
  }
}

/** Puts what is missing into a list directory, and makes it say what the content says. */
export async function refillListDir(
  listDir: string,
  { address, owner, texts }: ListContent,
): Promise<void> {
  try {
    for (const shelf of shelves) await mkdir(pathOn(listDir, shelf), { recursive: true })
    await unless(['EEXIST'], newFile(fileOf(listDir, 'index'), ''), undefined)
    await replaceKeepingMode(listDir, pathOn(listDir, 'control', 'listaddress'), `${address}\n`)
    await replaceKeepingMode(listDir, pathOn(listDir, 'control', 'owner'), `${owner}\n`)
    for (const [name, text] of texts)
      await replaceKeepingMode(listDir, pathOn(listDir, 'text', name), text)
  } catch (thrown) {
    throw diskFault(thrown, listDir)
  }
}

/** The texts of a directory, by name; undefined when there is no such directory. */
export async function readTexts(dir: string): Promise<ReadonlyMap<string, Buffer> | undefined> {
  try {
    const found = await unless(
      ['ENOENT', 'ENOTDIR'],
      readdir(dir, { withFileTypes: true }),
      undefined,
    )
    if (found === undefined) return undefined
    const names = found.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    return new Map(
      await Promise.all(
        names.map(async ({ name }) => [name, await readFile(join(dir, name))] as const),
      ),
    )
  } catch (thrown) {
    throw diskFault(thrown, dir)
  }
}

async function fill(dir: string, { address, owner, texts, language }: ListContent): Promise<void> {
  for (const shelf of shelves) await mkdir(pathOn(dir, shelf))
  await newFile(fileOf(dir, 'index'), '')
  await newFile(pathOn(dir, 'control', 'listaddress'), `${address}\n`)
  await newFile(pathOn(dir, 'control', 'owner'), `${owner}\n`)
  for (const [name, text] of texts) await newFile(pathOn(dir, 'text', name), text)
  if (language !== undefined && texts.size > 0) await noteTexts(dir, language, texts)
  for (const shelf of ['control', 'text'] as const) await syncDirectory(pathOn(dir, shelf))
  await syncDirectory(dir)
}

async function noteTexts(
  dir: string,
  language: string,
  texts: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const digests = [...texts].map(
    ([name, text]) => [name, digestOf(text.toString('latin1'))] as const,
  )
  await writeTextManifest(dir, { language, unfinished: false, texts: new Map(digests) })
}

async function newFile(path: string, content: string | Buffer): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(content, 'latin1')
    await file.sync()
  } finally {
    await file.close()
  }
}

async function replaceKeepingMode(
  listDir: string,
  path: string,
  content: string | Buffer,
): Promise<void> {
  const found = await unless(['ENOENT'], stat(path), undefined)
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
  if (found === undefined) return newFile(path, bytes)
  await replaceFile(listDir, path, bytes)
  await chmod(path, found.mode & 0o777)
}

/**
 * Gives a list directory with all that is in it to a user, as chown(1) takes it, which knows users by
 * name and follows no link. @throws Fault notAllowed
 */
export async function giveListTo(user: string, dir: string): Promise<void> {
  const complaint = await new Promise<string | undefined>((resolve) => {
    execFile('chown', ['-R', '--', user, dir], (error, _, stderr) =>
      resolve(error === null ? undefined : (stderr.split('\n')[0] ?? error.message)),
    )
  })
  if (complaint === undefined) return
  throw new Fault('notAllowed', `the list cannot be given to ${user} (${complaint})`)
}
