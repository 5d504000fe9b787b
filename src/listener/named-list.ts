import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, Fault } from '../base/fault.ts'
import { whyNoDomain, whyNoListName } from '../list/list-name.ts'

/**
 * The directory of the list that a caller names: `NAME`, or `DOMAIN/NAME` in a spool that has a
 * directory for each domain. Whether there is such a list is not looked at.
 *
 * @throws Fault badUsage for a name that no list may have; so the result is always below the spool.
 */
export function namedList(spoolDir: string, name: string): string {
  const parts = name.split('/')
  const [domain, list] = parts.length === 1 ? [undefined, name] : parts
  if (parts.length > 2 || list === undefined)
    throw new Fault('badUsage', `${shown(name)} is neither NAME nor DOMAIN/NAME`)
  const why = whyNoListName(list)
  if (why !== undefined) throw new Fault('badUsage', `the list name ${shown(list)} ${why}`)
  if (domain === undefined) return join(spoolDir, list)
  return join(domainDir(spoolDir, domain), list)
}

function domainDir(spoolDir: string, domain: string): string {
  const why = whyNoDomain(domain)
  if (why !== undefined) throw new Fault('badUsage', `the domain ${shown(domain)} ${why}`)
  return join(spoolDir, domain)
}

/** As namedList(), for callers that write the path: the spool, and one of those names below it. */
export function namedListOrPath(spoolDir: string, name: string): string {
  return namedList(spoolDir, belowSpool(spoolDir, name)?.replace(/\/$/, '') ?? name)
}

/** The spool itself, or the directory of a domain in it. @throws Fault badUsage for any other path */
export function namedSpool(spoolDir: string, path: string): string {
  const domain = belowSpool(spoolDir, `${path.replace(/\/+$/, '')}/`)?.slice(0, -1)
  if (domain === undefined)
    throw new Fault('badUsage', `${shown(path)} is not the spool of this service`)
  return domain === '' ? spoolDir : domainDir(spoolDir, domain)
}

/** What follows the spool in a path that begins with it. */
function belowSpool(spoolDir: string, path: string): string | undefined {
  const above = `${spoolDir.replace(/\/+$/, '')}/`
  return path.startsWith(above) ? path.slice(above.length) : undefined
}

/**
 * What to tell about a list that was not found. Mail is refused for good only when the list surely
 * does not exist: a spool that is not mounted and a directory that may not be read are trouble of
 * ours, which must not send anybody's mail back.
 */
export async function absentList(spoolDir: string, listDir: string): Promise<Fault> {
  const name = shown(listDir.slice(spoolDir.length).replace(/^\/+/, ''))
  const errno = await errnoFor(stat(listDir))
  if (errno === undefined)
    return new Fault('spoolTrouble', `${name} is there, but is no list that we can read`)
  if (errno !== 'ENOENT')
    return new Fault('spoolTrouble', `${name} cannot be looked at now (${errno})`)
  const entries = await readdir(spoolDir).catch((thrown: unknown) => {
    if (errnoOf(thrown) === undefined) throw thrown
    return []
  })
  if (entries.every((entry) => entry.startsWith('.')))
    return new Fault('spoolTrouble', 'the spool has no list at all, or cannot be read')
  return new Fault('noSuchList', `there is no list ${name}`)
}

async function errnoFor(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked
    return undefined
  } catch (thrown) {
    const errno = errnoOf(thrown)
    if (errno === undefined) throw thrown
    return errno
  }
}

function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}
