import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, readlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'
import { createExclusive, replaceFile, syncDirectory } from './durable.ts'
import { readTexts } from './new-list.ts'
import { isTextName } from './texts.ts'

/** A file of a list's text/. */
export interface ListText {
  /** A byte string. */
  readonly content: string
  readonly mode: number
}

/** Such a file, or what lies there in place of one. */
export type OwnText = ListText | 'strange'

/** No list text is read further than this (texts.ts), so a larger file is none. */
const mostBytes = 262_144

/** For texts that are not there yet, as an administrator's editor would make them. */
const usualMode = 0o644

/** Where text/ leads to when it is a link: more lists than this one may have their texts there. */
export async function textLinkOf(listDir: string): Promise<string | undefined> {
  try {
    return await unless(['ENOENT', 'EINVAL'], readlink(pathOn(listDir, 'text')), undefined)
  } catch (thrown) {
    throw diskFault(thrown, 'text')
  }
}

/** What lies in text/ under names that texts can have. */
export async function ownTexts(listDir: string): Promise<ReadonlyMap<string, OwnText>> {
  const found = new Map<string, OwnText>()
  try {
    for (const name of (await unless(['ENOENT'], readdir(pathOn(listDir, 'text')), [])).sort()) {
      const text = isTextName(name) ? await ownText(listDir, name) : undefined
      if (text !== undefined) found.set(name, text)
    }
    return found
  } catch (thrown) {
    throw diskFault(thrown, 'text')
  }
}

/**
 * Puts a text in its place, whole, in place of what we have read there.
 *
 * @throws Fault busy when somebody has changed it since; spoolTrouble, spoolFull
 */
export async function putText(
  listDir: string,
  name: string,
  content: string,
  before: ListText | undefined,
): Promise<void> {
  try {
    await unless(['EEXIST'], mkdir(pathOn(listDir, 'text')), undefined)
    await replaceFile(listDir, pathOn(listDir, 'text', name), Buffer.from(content, 'latin1'), {
      mode: before?.mode ?? usualMode,
      stillMine: () => mustBe(before, listDir, name),
    })
  } catch (thrown) {
    throw diskFault(thrown, `text/${name}`)
  }
}

/** Takes a text away. Faults as putText. */
export async function removeText(listDir: string, name: string, before: ListText): Promise<void> {
  try {
    await mustBe(before, listDir, name)
    await unlink(pathOn(listDir, 'text', name))
    await syncDirectory(pathOn(listDir, 'text'))
  } catch (thrown) {
    throw diskFault(thrown, `text/${name}`)
  }
}

/**
 * Makes a fresh directory for texts that are taken out of text/.
 *
 * @param stamp its name; a number goes behind it when it is taken
 * @returns its path below the list
 */
export async function openTextBackup(listDir: string, stamp: string): Promise<string> {
  const parent = pathOn(listDir, 'oldTexts')
  try {
    await unless(['EEXIST'], mkdir(parent), undefined)
    if (!(await lstat(parent)).isDirectory())
      throw new Fault('spoolTrouble', 'text.old is no directory, so no edited text was replaced')
    for (let count = 1; ; count++) {
      const name = count === 1 ? stamp : `${stamp}-${count}`
      const made = mkdir(join(parent, name)).then(() => true)
      if (!(await unless(['EEXIST'], made, false))) continue
      for (const dir of [parent, listDir]) await syncDirectory(dir)
      return `text.old/${name}`
    }
  } catch (thrown) {
    throw diskFault(thrown, 'text.old')
  }
}

/** Keeps a copy, on disk to stay when this returns. `backup` comes from openTextBackup(). */
export async function saveText(
  listDir: string,
  backup: string,
  name: string,
  { content, mode }: ListText,
): Promise<void> {
  await createExclusive(listDir, join(listDir, backup, name), Buffer.from(content, 'latin1'), mode)
}

/** The texts of every language below a directory, by language and name; none when it is missing. */
export async function languagesIn(
  textsDir: string,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const found = new Map<string, ReadonlyMap<string, string>>()
  try {
    const names = await unless(['ENOENT', 'ENOTDIR'], readdir(textsDir), [])
    for (const language of names.filter((name) => isTextName(name) && name !== 'default').sort()) {
      const texts = [...((await readTexts(join(textsDir, language))) ?? [])]
      const ours = texts.filter(([name]) => isTextName(name))
      if (ours.length > 0)
        found.set(language, new Map(ours.map(([name, bytes]) => [name, bytes.toString('latin1')])))
    }
    return found
  } catch (thrown) {
    throw diskFault(thrown, textsDir)
  }
}

async function mustBe(before: ListText | undefined, listDir: string, name: string): Promise<void> {
  const now = await ownText(listDir, name)
  if (
    now === undefined ? before === undefined : now !== 'strange' && now.content === before?.content
  )
    return
  throw new Fault('busy', `text/${name} was changed meanwhile: run this again`)
}

/** Whatever is not a regular file (a FIFO would never answer) is strange; undefined when missing. */
async function ownText(listDir: string, name: string): Promise<OwnText | undefined> {
  const path = pathOn(listDir, 'text', name)
  const opened = await unless(
    ['ENXIO'],
    unless(['ENOENT'], open(path, constants.O_RDONLY | constants.O_NONBLOCK), undefined),
    'strange' as const,
  )
  if (opened === undefined || opened === 'strange') return opened
  await using file = opened
  const facts = await file.stat()
  if (!facts.isFile() || facts.size > mostBytes) return 'strange'
  return { content: await file.readFile('latin1'), mode: facts.mode & 0o777 }
}
