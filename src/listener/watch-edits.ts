import { existsSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { watch as watchTree } from 'chokidar'
import { events } from '../base/events.ts'
import { errnoOf } from '../base/fault.ts'
import { placesOf } from '../flows/spool-lists.ts'

export interface EditsOptions {
  readonly spoolDir: string
  /** How long edits are gathered (milliseconds). */
  readonly quietMs?: number
  /** Files in control/ or text/ of these lists were touched, or the lists came or went. */
  edited(listDirs: readonly string[]): void
}

export interface EditsWatch {
  /** Resolves when everything that is there is watched. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

const edited = new Set(['control', 'text'])

/**
 * Watches the files that people edit: control/ and text/ of all lists, `NAME` or `DOMAIN/NAME` below
 * the spool, and the coming and going of lists. Queues and archives are never looked into. It is only
 * a quick means: what it misses a sweep finds (libraries.md 1.6).
 */
export function watchEdits({ spoolDir, quietMs = 50, edited: tell }: EditsOptions): EditsWatch {
  const gathered = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let told = false

  const watcher = watchTree(spoolDir, {
    ignoreInitial: true,
    depth: 3,
    atomic: false,
    ignorePermissionErrors: true,
    ignored: (path, stats) => isIgnored(spoolDir, path, stats?.isDirectory()),
  })
  watcher.on('all', (_, path) => {
    const listDir = listOf(spoolDir, path)
    if (listDir !== undefined) gathered.add(listDir)
    timer ??= setTimeout(() => {
      timer = undefined
      const dirs = [...gathered]
      gathered.clear()
      tell(dirs)
    }, quietMs)
  })
  watcher.on('error', (thrown) => {
    if (!told) events.watchFailed(spoolDir, errnoOf(thrown) ?? String(thrown))
    told = true
  })
  return {
    ready: new Promise((resolve) => void watcher.once('ready', () => resolve())),
    async close() {
      clearTimeout(timer)
      await watcher.close()
    },
  }
}

/** The list that a watched path belongs to; undefined for the spool and a domain's directory. */
function listOf(spoolDir: string, path: string): string | undefined {
  const parts = partsOf(spoolDir, path)
  const at = parts.findIndex((part, index) => index > 0 && edited.has(part))
  if (at > 0) return join(spoolDir, ...parts.slice(0, at))
  return parts.length > 0 ? path : undefined
}

/** @param isDirectory undefined while that is not known. */
function isIgnored(spoolDir: string, path: string, isDirectory: boolean | undefined): boolean {
  const parts = partsOf(spoolDir, path)
  if (parts.some((part) => part.startsWith('.'))) return true
  const [first = '', second = '', third] = parts
  const inside = edited.has(second) || (third !== undefined && edited.has(third))
  if (isDirectory === false) return !inside
  if (parts.length < 2 || inside) return false
  // A shelf of a list, or else a list of a domain.
  return parts.length > 2 || existsSync(placesOf(join(spoolDir, first)).control)
}

function partsOf(spoolDir: string, path: string): readonly string[] {
  return relative(spoolDir, path)
    .split(sep)
    .filter((part) => part !== '')
}
