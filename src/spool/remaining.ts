import { bareBytes } from '../base/bytes.ts'
import { constants, fdatasync, writeSync } from 'node:fs'
import { open, rm, rmdir, stat, type FileHandle } from 'node:fs/promises'
import { events } from '../base/events.ts'
import { errnoOf } from '../base/fault.ts'
import { isAddress, whyNoAddress, type Address } from '../message/address.ts'
import { pathOn } from './_layout.ts'
import { diskFault, replaceFile } from './durable.ts'
import type { DigestName } from './requeue.ts'

const chunkBytes = 65_536
/** A line longer than this is no address; it is passed over in pieces, so that memory stays small. */
const longestLine = 4_096
const syncEveryMs = 250
const blank = Buffer.from(' ')

/** One recipient that is still to be served, and where its line stands. */
export interface Due {
  readonly address: Address
  readonly offset: number
}

/**
 * Who still has to get post N, or a digest: `requeue/N/subscribers`, where mlmmj looks for it too. Whoever is
 * answered for loses the `@` of his line in place, one byte for each, so that the file is right at
 * every moment: after a crash our next run, or mlmmj's, serves exactly the lines that still have one
 * (mlmmj passes over lines without `@`, spec spool 2.2).
 */
export interface Remaining {
  /** The next recipient; a promise only when the disk has to be read. Undefined at the end. */
  next(): Due | undefined | Promise<Due | undefined>
  /** Settles a recipient. The kernel has it when this returns; the disk within a quarter second. */
  done(due: Due): void
  /** Another program has taken the file away and serves it now: nothing more comes from `next`. */
  readonly takenOver: boolean
  /** Closes; takes away the file when everybody was served, else leaves only those who were not. */
  finish(): Promise<{ left: number }>
}

/** Undefined when nobody waits for this post. */
export async function openRemaining(
  listDir: string,
  number: number | DigestName,
): Promise<Remaining | undefined> {
  const path = subscribersPath(listDir, number)
  try {
    const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(path, flags)
    if ((await file.stat()).isFile()) return new RemainingFile(listDir, number, path, file)
    await file.close()
    return undefined
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ENOTDIR') return undefined
    throw diskFault(thrown, `requeue/${number}/subscribers`)
  }
}

function subscribersPath(listDir: string, number: number | DigestName): string {
  return `${pathOn(listDir, 'requeue', String(number))}/subscribers`
}

class RemainingFile implements Remaining {
  takenOver = false
  readonly #listDir: string
  readonly #number: number | DigestName
  readonly #path: string
  readonly #file: FileHandle
  #waiting: Due[] = []
  #taken = 0
  #position = 0
  #rest = ''
  #ended = false
  #marked = 0
  #reading: Promise<void> | undefined
  #syncTimer: NodeJS.Timeout | undefined

  constructor(listDir: string, number: number | DigestName, path: string, file: FileHandle) {
    this.#listDir = listDir
    this.#number = number
    this.#path = path
    this.#file = file
  }

  next(): Due | undefined | Promise<Due | undefined> {
    const due = this.#waiting[this.#taken]
    if (due !== undefined) {
      this.#taken++
      return due
    }
    return this.#ended ? undefined : this.#nextFromDisk()
  }

  async #nextFromDisk(): Promise<Due | undefined> {
    while (!this.#ended && this.#taken >= this.#waiting.length) {
      // Several connections ask at once; one of them reads.
      this.#reading ??= this.#readChunk().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
    }
    const due = this.#waiting[this.#taken]
    if (due !== undefined) this.#taken++
    return due
  }

  async #readChunk(): Promise<void> {
    this.takenOver = !(await this.#isStillOurs())
    if (this.takenOver) {
      this.#ended = true
      return
    }
    const start = this.#position - this.#rest.length
    const chunk = Buffer.allocUnsafe(chunkBytes)
    const { bytesRead } = await this.#file.read(chunk, 0, chunkBytes, this.#position)
    this.#position += bytesRead
    const text = this.#rest + chunk.toString('latin1', 0, bytesRead)
    this.#waiting = []
    this.#taken = 0
    let at = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      this.#consider(text.slice(at, end), start + at)
      at = end + 1
    }
    this.#rest = text.slice(at)
    if (bytesRead > 0 && this.#rest.length <= longestLine) return
    // The last line may lack its line end; what is longer than an address can be is not one.
    if (bytesRead === 0) this.#consider(this.#rest, start + at)
    this.#rest = ''
    this.#ended = bytesRead === 0
  }

  #consider(line: string, offset: number): void {
    const address = bareBytes(line)
    if (isAddress(address)) this.#waiting.push({ address, offset: offset + line.indexOf(address) })
    else if (address.includes('@') && address.length <= longestLine)
      events.lineIgnored(
        this.#listDir,
        `requeue/${this.#number}/subscribers`,
        0,
        whyNoAddress(address) ?? '',
      )
  }

  async #isStillOurs(): Promise<boolean> {
    try {
      const [ours, named] = await Promise.all([this.#file.stat(), stat(this.#path)])
      return ours.ino === named.ino && ours.dev === named.dev
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return false
      throw diskFault(thrown, `requeue/${this.#number}/subscribers`)
    }
  }

  done({ address, offset }: Due): void {
    try {
      for (let at = address.indexOf('@'); at >= 0; at = address.indexOf('@', at + 1))
        writeSync(this.#file.fd, blank, 0, 1, offset + at)
    } catch (thrown) {
      throw diskFault(thrown, `requeue/${this.#number}/subscribers`)
    }
    this.#marked++
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined
      // A failing disk is told by finish(); here nobody waits for the answer.
      fdatasync(this.#file.fd, () => undefined)
    }, syncEveryMs)
  }

  async finish(): Promise<{ left: number }> {
    clearTimeout(this.#syncTimer)
    this.#syncTimer = undefined
    try {
      await this.#reading
      if (this.#marked > 0) await this.#file.datasync()
      if (this.takenOver || !(await this.#isStillOurs())) {
        this.takenOver = true
        return { left: 0 }
      }
      return { left: await this.#compact() }
    } catch (thrown) {
      throw diskFault(thrown, `requeue/${this.#number}/subscribers`)
    } finally {
      await this.#file.close()
    }
  }

  /** Leaves only the lines that are still due, so that neither program reads the others again. */
  async #compact(): Promise<number> {
    this.#position = 0
    this.#rest = ''
    this.#ended = false
    this.#waiting = []
    this.#taken = 0
    const first = await this.#nextFromDisk()
    if (first === undefined) {
      await removeServed(this.#listDir, this.#number)
      return 0
    }
    let left = 1
    const next = () => this.next()
    async function* lines() {
      let batch = [first?.address]
      for (let due = await next(); due !== undefined; due = await next()) {
        left++
        if (batch.push(due.address) < 1_000) continue
        yield Buffer.from(`${batch.join('\n')}\n`, 'latin1')
        batch = []
      }
      if (batch.length > 0) yield Buffer.from(`${batch.join('\n')}\n`, 'latin1')
    }
    if (this.#marked > 0) await replaceFile(this.#listDir, this.#path, lines())
    else for await (const batch of lines()) void batch
    return left
  }
}

/** Takes away what waited for post N: nobody does any more. The archive keeps its copy. */
export async function removeServed(listDir: string, number: number | DigestName): Promise<void> {
  const dir = pathOn(listDir, 'requeue', String(number))
  await rm(`${dir}/subscribers`, { force: true })
  await rm(`${dir}/mailfile`, { force: true })
  await rmdir(dir).catch((thrown: unknown) => {
    // Something of somebody else's is in it: not ours to remove.
    if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes(errnoOf(thrown) ?? ''))
      throw diskFault(thrown, `requeue/${number}`)
  })
}
