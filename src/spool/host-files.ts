import { readFile } from 'node:fs/promises'
import { errnoOf, Fault } from '../base/fault.ts'
import { unless } from './_trouble.ts'

/** A secret is one short line; a larger file is something else. */
const mostBytes = 4_096

/**
 * The secret that a file holds, without the line end that editors put behind it.
 *
 * @throws Fault badSettings when it cannot be read or is empty; the message never holds it.
 */
export async function readSecret(path: string): Promise<string> {
  const text = (await readHostFile(path, 'secret')).replace(/\r?\n$/, '')
  if (text === '' || text.length > mostBytes || /[\0\r\n]/.test(text))
    throw new Fault('badSettings', `the file ${path} does not hold one line with a secret`)
  return text
}

/** @throws Fault badSettings when it cannot be read; `what` says what it was wanted for. */
export async function readHostFile(path: string, what: string): Promise<string> {
  return await readFile(path, 'utf8').catch((thrown: unknown) => {
    const errno = errnoOf(thrown)
    if (errno === undefined) throw thrown
    throw new Fault('badSettings', `the ${what} file ${path} cannot be read (${errno})`, thrown)
  })
}

/**
 * The address of this machine's default gateway, which is the host for a container on a bridge
 * network; undefined when there is none or the kernel does not tell (proc_net(5): route).
 */
export async function defaultGateway(table = '/proc/net/route'): Promise<string | undefined> {
  const text = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], readFile(table, 'latin1'), '')
  const routes = text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(([, destination, gateway]) => destination === '00000000' && gateway !== '00000000')
  routes.sort((one, other) => Number(one[6]) - Number(other[6]))
  const hex = routes[0]?.[2]
  if (hex === undefined || !/^[0-9A-F]{8}$/i.test(hex)) return undefined
  // In the kernel's own order of bytes, which is little endian on every machine we run on.
  return [...Buffer.from(hex, 'hex').reverse()].join('.')
}
