import { randomBytes } from 'node:crypto'
import { events } from '../base/events.ts'
import { Fault } from '../base/fault.ts'
import { pathOn } from './_layout.ts'
import { readBeginningNow } from './_plain-file.ts'
import { createExclusive, diskFault, replaceFile } from './durable.ts'

const name = 'bounce-key'
/** It is never longer. */
const mostBytes = 256

/**
 * The secret from which the checks in a list's return paths are made: 32 bytes, as 64 digits in
 * LD/.mlmmj-ts/bounce-key (mode 0600). Made on first use. One that cannot be read as a key is
 * replaced; bounces of what was sent with it then do nothing.
 *
 * @throws Fault spoolTrouble, spoolFull
 */
export async function bounceKeyOf(listDir: string): Promise<Buffer> {
  const found = await read(listDir)
  if (found instanceof Buffer) return found
  const path = pathOn(listDir, 'private', name)
  const fresh = Buffer.from(`${randomBytes(32).toString('hex')}\n`)
  if (found === 'missing') {
    await createExclusive(listDir, path, fresh)
  } else {
    events.settingIgnored(listDir, `.mlmmj-ts/${name}`, 'holds no key; a new one was made')
    await replaceFile(listDir, path, fresh, { mode: 0o600 })
  }
  // Whoever was quicker has made one that is as good as ours.
  const key = await read(listDir)
  if (key instanceof Buffer) return key
  throw new Fault('spoolTrouble', `.mlmmj-ts/${name} vanished while it was made`)
}

async function read(listDir: string): Promise<Buffer | 'missing' | 'spoiled'> {
  try {
    const path = pathOn(listDir, 'private', name)
    const found = readBeginningNow(path, mostBytes)
    if (typeof found === 'string') return found === 'nothing' ? 'missing' : 'spoiled'
    return keyIn(found.toString('latin1')) ?? 'spoiled'
  } catch (thrown) {
    throw diskFault(thrown, `.mlmmj-ts/${name}`)
  }
}

function keyIn(text: string): Buffer | undefined {
  return /^[0-9a-f]{64}\n$/.test(text) ? Buffer.from(text.trim(), 'hex') : undefined
}
