import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, stat, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf, Fault } from '../base/fault.ts'
import type { ListenerConfig } from '../config.ts'
import { directoryFinding } from '../flows/check-list.ts'

/** Name of the file below the configuration directory. */
const fileName = 'listener.token'
/** 256 bits; in hex, where no word of `knownDefaults` can come up by chance. */
const madeBytes = 32
const leastLength = 32
const mostLength = 1_024
/** A random token uses many characters; `abcabcabc…` does not. */
const leastDifferent = 10

/** What stands in examples, and what people write who want to be asked no more. */
const knownDefaults =
  /change-?me|replace-?me|insecure|password|passphrase|example|default|secret|sample|token|api-?key|mlmmj/

export interface ListenerToken {
  readonly token: string
  /** For the line at start: the file, or undefined when it was given directly. */
  readonly file: string | undefined
  /** True when it was made just now. */
  readonly made: boolean
}

/**
 * The token that clients of the listener must show: MLMMJ_TOKEN, the content of MLMMJ_TOKEN_FILE, or
 * of `listener.token` in the configuration directory. That one is made when it is missing: 256 bits,
 * mode 0600; of several services that start at once all use the same.
 *
 * @throws Fault badSettings when it cannot be read or made, is short or known, or others may read it.
 */
export async function listenerToken({
  token: { value, file: given },
  confDir,
}: Pick<ListenerConfig, 'token' | 'confDir'>): Promise<ListenerToken> {
  if (value !== undefined && given !== undefined)
    throw new Fault('badSettings', 'MLMMJ_TOKEN and MLMMJ_TOKEN_FILE cannot both be set')
  if (value !== undefined)
    return { token: checked(value.trim(), 'MLMMJ_TOKEN'), file: undefined, made: false }
  if (given !== undefined) {
    const kept = await keptIn(given, 'of any mode')
    if (kept === undefined) throw new Fault('badSettings', `${given} does not exist`)
    return { token: checked(kept, given), file: given, made: false }
  }
  const file = join(confDir, fileName)
  const kept = await keptIn(file, 'private')
  if (kept !== undefined) return { token: checked(kept, file), file, made: false }
  const made = await make(file)
  // Somebody else was quicker: theirs counts.
  const winner = made ?? (await keptIn(file, 'private')) ?? ''
  return { token: checked(winner, file), file, made: made !== undefined }
}

/**
 * Why something cannot be the token, as the end of a sentence; undefined when it can. The sentence
 * holds nothing of it.
 */
export function whyNoToken(token: string): string | undefined {
  if (token === '') return 'is empty'
  if (!/^[\x21-\x7e]+$/.test(token)) return 'holds blanks or characters that are no ASCII'
  if (token.length > mostLength) return `is longer than ${mostLength} characters`
  if (token.length < leastLength) return `is shorter than ${leastLength} characters`
  if (knownDefaults.test(token.toLowerCase().replaceAll('_', '-')))
    return 'has a word in it that stands in examples and defaults'
  if (new Set(token).size < leastDifferent || /^(.+)\1+$/.test(token))
    return 'repeats a few characters'
  return undefined
}

function checked(token: string, from: string): string {
  const why = whyNoToken(token)
  if (why === undefined) return token
  const advice = 'openssl rand -hex 32 prints a good one'
  throw new Fault('badSettings', `the token in ${from} ${why}; ${advice}`)
}

/** The token in a file; undefined when there is no such file. */
async function keptIn(path: string, who: 'private' | 'of any mode'): Promise<string | undefined> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const { mode } = await file.stat()
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      throw new Fault('badSettings', `${path} is no regular file`)
    // The group may read it, so that the mail server's user can be let in.
    if (who === 'private' && (mode & 0o027) !== 0)
      throw new Fault('badSettings', `others may read or change ${path}: chmod 600 ${path}`)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostLength + 2))
    return buffer.toString('latin1', 0, bytesRead).trim()
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined
    throw await unusable(path, thrown)
  } finally {
    await file?.close()
  }
}

/** Makes the file whole or not at all; undefined when another process has made it. */
async function make(path: string): Promise<string | undefined> {
  const token = randomBytes(madeBytes).toString('hex')
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${token}\n`)
      await file.chmod(0o600)
      await file.sync()
    } finally {
      await file.close()
    }
    try {
      await link(draft, path)
    } catch (thrown) {
      if (errnoOf(thrown) === 'EEXIST') return undefined
      throw thrown
    } finally {
      await unlink(draft)
    }
    await syncFolder(dirname(path))
    return token
  } catch (thrown) {
    throw await unusable(path, thrown)
  }
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** What to throw for a token file that could not be read or made: with the command that mends it. */
async function unusable(path: string, thrown: unknown): Promise<unknown> {
  const word = errnoOf(thrown)
  if (word === undefined) return thrown
  const advice = word === 'EROFS' ? readOnlyAdvice : await mendingOf(path)
  return new Fault('badSettings', `${path} cannot be used (${word})${advice}`, thrown)
}

const readOnlyAdvice = '; mount it writable, or give MLMMJ_TOKEN_FILE'

async function mendingOf(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) {
    const trouble = await directoryFinding(dirname(path)).catch(() => undefined)
    if (trouble === undefined) return ''
    return `: ${trouble.path} ${trouble.why}; this mends it: ${trouble.mend}`
  }
  const uid = process.geteuid?.()
  return file.uid === uid
    ? `; this mends it: chmod 600 ${path}`
    : `: it belongs to uid ${file.uid}; this mends it: chown ${uid} ${path}`
}
