import { unlink } from 'node:fs/promises'
import { realChance } from '../base/chance.ts'
import { events } from '../base/events.ts'
import { asFault, Fault } from '../base/fault.ts'
import { JournalFile } from './_journal-file.ts'
import { isEncodable, type NewEntry } from './_journal-record.ts'
import { canPlace, makeJournalHome, removeJournalHome } from './_journal-home.ts'
import type { JournalHome } from './_journal-home.ts'
import { pathOn } from './_layout.ts'
import { layOut, moveIn } from './_place-entries.ts'
import { recoverUnder } from './_recover-under.ts'
import { Together } from './_together.ts'
import { syncDirectory } from './durable.ts'
import { tryLock, type HeldLock } from './lock.ts'
import { journalLock, journalsDir } from './recover-journal.ts'

/** Entries are placed when no more came for this long, or after the longer time in any case. */
const quietMs = 50
const longestMs = 2_000
/** Mails that wait for their turn hold so much memory at the most (bytes). */
const mostWaiting = 4_194_304

/**
 * The journal of one list: mails that come at the same time are written behind one another into one
 * file and share its sync, which changes no directory and waits for no other file. A moment later
 * each gets its own file in incoming/. Two files take turns, so that one is filled while the other's
 * mails are placed.
 */
export class ListJournal {
  readonly #listDir: string
  readonly #lock: HeldLock
  readonly #home: JournalHome
  readonly #placed: (listDir: string) => void
  readonly #group = new Together<NewEntry>((entries) => {
    this.#writing = this.#write(entries)
    return this.#writing
  }, false)
  #filling: JournalFile
  #spare: JournalFile | undefined
  /** The placing of a file; it never throws. */
  #placing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #waiting = 0
  /** Ticks: of the first entry that is not being placed yet, and of the last use. */
  #since = 0
  #lastUse = realChance.ticks()
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #turnIsWanted = false
  #isOver = false
  /** What could not be placed is left to recovery. */
  #hasFailed = false

  private constructor(
    listDir: string,
    lock: HeldLock,
    home: JournalHome,
    [filling, spare]: readonly [JournalFile, JournalFile],
    placed: (listDir: string) => void,
  ) {
    this.#listDir = listDir
    this.#lock = lock
    this.#home = home
    this.#filling = filling
    this.#spare = spare
    this.#placed = placed
  }

  /**
   * Undefined while another program has the journal of this list, and where incoming/ is another
   * file system.
   *
   * @param placed called when mails have come into incoming/
   * @throws Fault spoolFull or spoolTrouble
   */
  static async open(
    listDir: string,
    placed: (listDir: string) => void,
  ): Promise<ListJournal | undefined> {
    const lock = await tryLock(listDir, journalLock)
    if (lock === undefined) return undefined
    const made: JournalFile[] = []
    let home: JournalHome | undefined
    try {
      if ((await recoverUnder(lock, listDir)) > 0) placed(listDir)
      home = await makeJournalHome(listDir, lock)
      if (!canPlace(listDir, home)) {
        await removeJournalHome(listDir, home)
        await lock.release()
        return undefined
      }
      const [one, other] = home.files
      const filling = await JournalFile.make(listDir, one)
      made.push(filling)
      const spare = await JournalFile.make(listDir, other)
      made.push(spare)
      for (const dir of [home.dir, journalsDir(listDir), pathOn(listDir, 'private'), listDir])
        await syncDirectory(dir)
      return new ListJournal(listDir, lock, home, [filling, spare], placed)
    } catch (thrown) {
      for (const file of made) await file.close().catch(() => undefined)
      for (const { path } of made) await unlink(path).catch(() => undefined)
      if (home) await removeJournalHome(listDir, home).catch(() => undefined)
      await lock.release()
      throw thrown
    }
  }

  /** Whether it has mails that it will place soon. */
  get holds(): boolean {
    return this.#isWriting || !this.#filling.isEmpty || this.#spare === undefined
  }

  /** Milliseconds since it was used, by ticks. */
  get idleMs(): number {
    return realChance.ticks() - this.#lastUse
  }

  /** After trouble with the disk it takes no more, and shall be closed. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Takes a mail: when this resolves with true, it is on disk to stay. With false it was not taken and
   * must be stored in another way.
   *
   * @throws Fault busy or spoolTrouble when nobody knows whether it was: it must be refused for now
   */
  async add(entry: NewEntry): Promise<boolean> {
    if (this.#isOver || this.#waiting + entry.bytes > mostWaiting || !isEncodable(entry))
      return false
    this.#waiting += entry.bytes
    try {
      await this.#group.at('', entry)
      return true
    } catch (thrown) {
      if (thrown === noRoom) return false
      throw thrown
    } finally {
      this.#waiting -= entry.bytes
    }
  }

  async #write(entries: readonly NewEntry[]): Promise<void> {
    if (!this.#filling.hasRoom(entries)) this.#turn()
    const file = this.#filling
    if (this.#isOver || !file.hasRoom(entries)) throw noRoom
    this.#isWriting = true
    try {
      if (!(await file.append(entries, () => this.#lock.stillMine()))) throw noRoom
      this.#lastUse = realChance.ticks()
      if (this.#timer === undefined) {
        this.#since = this.#lastUse
        this.#timer = setTimeout(() => this.#look(), quietMs)
      }
    } catch (thrown) {
      this.#isOver = true
      throw thrown
    } finally {
      this.#isWriting = false
      if (this.#turnIsWanted) this.#turn()
    }
  }

  /**
   * Places what was added before this call, so that a mail that is stored in another way does not
   * overtake it. Returns also when that fails.
   */
  async flush(): Promise<void> {
    // What is being placed needs the second file; only then is there one to go on with.
    await this.#placing
    if (this.#isWriting) {
      this.#turnIsWanted = true
      await this.#writing.catch(() => undefined)
    } else if (!this.#filling.isEmpty) this.#turn()
    await this.#placing
  }

  #look(): void {
    const isDue = this.idleMs >= quietMs || realChance.ticks() - this.#since >= longestMs
    this.#timer = undefined
    if (this.#filling.isEmpty || this.#isOver) return
    if (isDue && this.#isWriting) this.#turnIsWanted = true
    else if (isDue) this.#turn()
    this.#timer = setTimeout(() => this.#look(), quietMs)
  }

  /** Begins to place what has come, if there is another file to go on with. */
  #turn(): void {
    this.#turnIsWanted = false
    if (this.#spare === undefined || this.#isOver || this.#filling.isEmpty) return
    const full = this.#filling
    this.#filling = this.#spare
    this.#spare = undefined
    this.#placing = this.#place(full).then(
      () => void (this.#spare = full),
      (thrown: unknown) => this.#fail(thrown, full),
    )
  }

  /**
   * How far it came nobody needs to know: everything is on disk, in the journal or complete in
   * placing/, and recovery is made to bring it on from there.
   */
  async #fail(thrown: unknown, file: JournalFile): Promise<void> {
    this.#isOver = true
    this.#hasFailed = true
    events.journalStuck(this.#listDir, asFault(thrown).message)
    // On a broken disk this fails too, and says nothing new.
    await file.close().catch(() => undefined)
  }

  async #place(file: JournalFile): Promise<void> {
    await this.#lock.stillMine()
    const ids = await layOut(this.#listDir, this.#home.placing, file.entries(), () =>
      this.#lock.stillMine(),
    )
    if (ids.length < file.count)
      throw new Fault(
        'spoolTrouble',
        `${file.count - ids.length} mails can no longer be read in a journal: somebody changed the file`,
      )
    await this.#lock.stillMine()
    await file.empty()
    await moveIn(this.#listDir, this.#home.placing, ids)
    this.#placed(this.#listDir)
  }

  /**
   * Places what it has, and gives the journal back. What cannot be placed stays on disk for the
   * recovery by the next worker of the list, which `placed` is called for. It never throws.
   */
  async close(): Promise<void> {
    this.#isOver = true
    await this.#writing.catch(() => undefined)
    await this.#placing
    clearTimeout(this.#timer)
    const files = [this.#filling, ...(this.#spare === undefined ? [] : [this.#spare])]
    const told = (thrown: unknown) => events.journalStuck(this.#listDir, asFault(thrown).message)
    if (!this.#hasFailed && !this.#filling.isEmpty) {
      this.#placing = this.#place(this.#filling).catch((thrown: unknown) => {
        this.#hasFailed = true
        told(thrown)
      })
      await this.#placing
    }
    // Before they are removed: what is open leaves a name behind on some file systems of other machines.
    for (const file of files) await file.close().catch(told)
    if (!this.#hasFailed) await this.#remove(files).catch(told)
    await this.#lock.release().catch(told)
    if (this.#hasFailed) this.#placed(this.#listDir)
  }

  async #remove(files: readonly JournalFile[]): Promise<void> {
    await this.#lock.stillMine()
    for (const { path } of files) await unlink(path)
    await removeJournalHome(this.#listDir, this.#home)
  }
}

const noRoom = new Fault('spoolFull', 'the journal is full')
