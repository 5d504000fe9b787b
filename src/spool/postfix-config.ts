import { execFile } from 'node:child_process'
import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, Fault, isFault } from '../base/fault.ts'
import { diskFault } from './_trouble.ts'
import { contentOf, removeWhole, writeWhole } from './whole-file.ts'

/** The files of a Postfix that are changed. */
export const configFiles = ['main.cf', 'master.cf'] as const
export type ConfigFile = (typeof configFiles)[number]

/** A configuration directory of Postfix, read and changed by its own postconf alone. */
export interface PostfixConfig {
  /**
   * Runs postconf(1) on the directory, without a shell.
   *
   * @returns the lines of its output
   * @throws Fault notThere when there is no postconf, notAllowed or spoolTrouble when it fails
   */
  postconf(...args: readonly string[]): Promise<readonly string[]>
  /** As postconf(), for changing a file: its mode stays, which postconf alone would not keep. */
  change(file: ConfigFile, ...args: readonly string[]): Promise<void>
  /** One of its files, byte for byte; undefined when there is none. */
  read(file: ConfigFile): Promise<string | undefined>
  /** Gives it a new content as a whole; its owner and mode stay. */
  write(file: ConfigFile, bytes: string): Promise<void>
  /** What we have noted about our changes; undefined when there are none. */
  readNote(): Promise<string | undefined>
  /** Notes it for the next call; undefined removes the note. */
  writeNote(text: string | undefined): Promise<void>
}

/** The name of our note beside main.cf. */
const noteName = 'mlmmj-postfix.undo.json'

/** @param dir where main.cf is, as an absolute path */
export function postfixConfig(dir: string, program = 'postconf'): PostfixConfig {
  const note = join(dir, noteName)
  return {
    postconf: (...args) => postconf(program, ['-c', dir, ...args]),
    async change(file, ...args) {
      const path = join(dir, file)
      try {
        const { mode } = await stat(path)
        await postconf(program, ['-c', dir, ...args])
        if ((await stat(path)).mode !== mode) await chmod(path, mode & 0o7777)
      } catch (thrown) {
        throw diskFault(thrown, path)
      }
    },
    read: async (file) => (await contentOf(join(dir, file)))?.toString('latin1'),
    write: (file, bytes) => allowed(writeWhole(join(dir, file), Buffer.from(bytes, 'latin1'))),
    readNote: async () => (await contentOf(note))?.toString('utf8'),
    writeNote: (text) =>
      allowed(text === undefined ? removeWhole(note) : writeWhole(note, Buffer.from(text), 0o600)),
  }
}

/** Whoever may not write here is told so, instead of "try again". */
async function allowed(action: Promise<void>): Promise<void> {
  try {
    await action
  } catch (thrown) {
    if (!isFault(thrown) || !/^E(ACCES|PERM|ROFS)$/.test(errnoOf(thrown.cause) ?? '')) throw thrown
    throw new Fault('notAllowed', `${thrown.message}; run this as root`, thrown.cause)
  }
}

function postconf(program: string, args: readonly string[]): Promise<readonly string[]> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { env, timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.split('\n').filter((line) => line !== ''))
      if (errnoOf(error) === 'ENOENT')
        return reject(new Fault('notThere', 'there is no Postfix here: postconf is missing', error))
      const why = stderr.trim().split('\n').at(-1) || error.message
      reject(
        new Fault(/[Pp]ermission denied/.test(why) ? 'notAllowed' : 'spoolTrouble', why, error),
      )
    })
  })
}
