import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, isAbsolute } from 'node:path'
import { atOnce } from '../base/at-once.ts'
import { unless } from './_trouble.ts'

/** Its programs that write a mail into incoming/ or read it there (spec mailflow 1, 2). */
const programs = ['mlmmj-receive', 'mlmmj-recieve', 'mlmmj-process']
const readAtOnce = 16
/** A process may end, or belong to somebody who shows nobody what it does. */
const hidden = ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES', 'EPERM']

/**
 * Which mails in incoming/ a program of mlmmj 1.3 or 1.5 has in its hands at this moment: it takes no
 * lock, and its mail may be half written. To be asked after the mail was seen: whoever wrote it was
 * running by then. Programs in other containers and on other machines are not seen.
 *
 * @param procDir where the kernel shows processes
 */
export async function inHandsOfMlmmj(
  listDir: string,
  procDir = '/proc',
): Promise<(id: string) => boolean> {
  const mails = new Set<string>()
  // A program that hands its mail to a new process may end just before we come to it, when the list
  // of processes is too old for the new one. That one is in the second list.
  for (const _ of [1, 2]) {
    const found = await mailsInHands(listDir, procDir)
    if (found === 'any') return () => true
    for (const mail of found) mails.add(mail)
  }
  return (id) => mails.has(id)
}

/** `any` when it cannot be seen which mail it is. */
async function mailsInHands(listDir: string, procDir: string): Promise<Set<string> | 'any'> {
  const mails = new Set<string>()
  const owner = (await unless(hidden, stat(listDir), undefined))?.uid
  let any = false
  const pids = (await unless(hidden, readdir(procDir), [])).filter((name) => /^\d+$/.test(name))
  await atOnce(readAtOnce, pids, async (pid) => {
    const own = `${procDir}/${pid}`
    const name = await unless(hidden, readFile(`${own}/comm`, 'latin1'), '')
    if (!programs.includes(name.trimEnd())) return
    const status = await unless(hidden, readFile(`${own}/status`, 'latin1'), '')
    // Who started it, whatever rights it has: mlmmj works for nobody else (spec mailflow, R1).
    const user = Number(/^Uid:\t(\d+)\t/m.exec(status)?.[1])
    if (user !== 0 && user !== owner) return
    const [program = '', ...args] = (
      await unless(hidden, readFile(`${own}/cmdline`, 'latin1'), '')
    ).split('\0')
    // The shell that starts one of ours has its name, but is called by its own.
    if (!programs.includes(basename(program))) return
    const [dir, file] = [valueOf('-L', args), valueOf('-m', args)]
    if (dir !== undefined && isAbsolute(dir) && !(await isSame(dir, listDir))) return
    if (file === undefined) any = true
    else mails.add(basename(file))
  })
  return any ? 'any' : mails
}

function valueOf(flag: string, args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg.startsWith(flag))
  return args[at] === flag ? args[at + 1] : args[at]?.slice(flag.length)
}

async function isSame(one: string, other: string): Promise<boolean> {
  const missing = [...hidden, 'ELOOP', 'ENAMETOOLONG']
  const [a, b] = await Promise.all(
    [one, other].map((path) => unless(missing, stat(path, { bigint: true }), undefined)),
  )
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}
