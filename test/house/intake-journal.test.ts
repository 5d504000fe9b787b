import assert from 'node:assert/strict'
import {
  closeSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import promises, { open, type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratchList } from '../scratch-list.ts'
import { pause, until } from '../_until.ts'
import { hearEvents } from './_service-house.ts'
import { realChance } from '../../src/base/chance.ts'
import { arrivalOf, storeIncoming, waitingIncoming } from '../../src/spool/incoming.ts'
import { openIntakeJournal, type IntakeJournal } from '../../src/spool/intake-journal.ts'
import { mailIdOf } from '../../src/spool/mail-id.ts'
import { hasJournal, journalIsLeft, recoverJournal } from '../../src/spool/recover-journal.ts'

async function* chunks(...parts: readonly string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part, 'latin1'))
}

/** A list with a journal in use, and what was told about mails that came into incoming/. */
async function flooded(t: TestContext) {
  const dir = scratchList(t)
  const told: string[] = []
  const journal = openIntakeJournal((listDir) => told.push(listDir))
  t.after(() => journal.close())
  await flood(dir, journal, 10)
  await until(async () => {
    await flood(dir, journal, 1)
    return journal.willPlace(dir)
  })
  await until(() => !journal.willPlace(dir))
  told.length = 0
  return { dir, journal, told }
}

function bodyOf(n: number): string {
  return `Subject: mail ${n}\r\n\r\n\xff\0 ${'x'.repeat(n)}`
}

async function flood(dir: string, { store }: IntakeJournal, mails: number, from = 0) {
  const numbers = Array.from({ length: mails }, (_, n) => from + n)
  const stored = numbers.map(async (n) => {
    const arrival = { sender: `ann${n}@example.org`, extension: `e${n}` }
    const { id, bytes } = await store(dir, realChance.id(), chunks(bodyOf(n), '.'), arrival)
    assert.equal(bytes, bodyOf(n).length + 1)
    return id
  })
  return await Promise.all(stored)
}

function mailsIn(dir: string): string[] {
  return readdirSync(join(dir, 'incoming')).filter((name) => !name.includes('.'))
}

async function mustHave(dir: string, ids: readonly string[], from = 0): Promise<void> {
  for (const [at, id] of ids.entries()) {
    assert.equal(readFileSync(join(dir, 'incoming', id), 'latin1'), `${bodyOf(from + at)}.`)
    assert.equal(lstatSync(join(dir, 'incoming', id)).mode & 0o777, 0o600)
    const arrival = { sender: `ann${from + at}@example.org`, extension: `e${from + at}` }
    assert.deepEqual(await arrivalOf(dir, mailIdOf(id)), arrival)
  }
}

/** Where the journal of a list lies: the two files, and `placing`. */
function homeOf(dir: string): string {
  const journals = join(dir, '.mlmmj-ts', 'journal')
  const [name = 'none', ...others] = readdirSync(journals)
  assert.deepEqual(others, [])
  return join(journals, name)
}

/** The list as it lies on disk at this moment, without the program that works on it. */
function leftBehind(t: TestContext, dir: string): string {
  const copy = scratchList(t)
  const home = hasJournal(dir) ? [relative(dir, homeOf(dir))] : []
  for (const below of ['incoming', ...home]) {
    mkdirSync(join(copy, below), { recursive: true })
    for (const name of readdirSync(join(dir, below)))
      if (lstatSync(join(dir, below, name)).isFile())
        copyFileSync(join(dir, below, name), join(copy, below, name))
  }
  return copy
}

async function fileHandles() {
  await using some = await open('.')
  return Object.getPrototypeOf(some) as Pick<FileHandle, 'sync' | 'datasync'>
}

/** Puts something in place of the kernel's fdatasync, until the test ends or `restore` is called. */
async function whenDataSynced(
  t: TestContext,
  instead: (real: () => Promise<void>) => Promise<void>,
) {
  const handles = await fileHandles()
  const { datasync } = handles
  const mocked = t.mock.method(handles, 'datasync', async function (this: FileHandle) {
    await instead(() => datasync.call(this))
  })
  return () => mocked.mock.restore()
}

/** Node's function of that name waits for `goOn` the first time that it is called for such a path. */
function standsStill(t: TestContext, name: 'open' | 'readdir', path: string) {
  const still = { stands: false, goOn: () => undefined as void }
  const stop = new Promise<void>((resolve) => (still.goOn = resolve))
  const real = promises[name] as (...args: unknown[]) => Promise<unknown>
  t.mock.method(promises, name, async (...args: unknown[]) => {
    if (!still.stands && String(args[0]).includes(path)) {
      still.stands = true
      await stop
    }
    return await real(...args)
  })
  syncBuiltinESMExports()
  t.after(() => {
    still.goOn()
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  return still
}

/** Another program's journal for a list, which knows it by another path, with mails that are in it. */
async function anothersJournal(t: TestContext, also: string) {
  const other = openIntakeJournal(() => undefined)
  t.after(() => other.close())
  await flood(also, other, 10, 100)
  await until(async () => {
    await flood(also, other, 1, 110)
    return other.willPlace(also)
  })
  return { other, theirs: await flood(also, other, 5, 200) }
}

function otherPathOf(t: TestContext, dir: string): string {
  const also = join(scratchList(t), 'also')
  symlinkSync(dir, also)
  return also
}

test('a mail now and then is stored by itself', async (t) => {
  const dir = scratchList(t)
  const told: string[] = []
  const journal = openIntakeJournal((listDir) => told.push(listDir))
  t.after(() => journal.close())
  for (let n = 0; n < 7; n++) {
    const [id = ''] = await flood(dir, journal, 1, n)
    await mustHave(dir, [id], n)
  }
  assert.ok(!hasJournal(dir))
  assert.ok(!journal.willPlace(dir))
  assert.deepEqual(told, [])
})

test('mails of a flood are on disk when they are acknowledged, and come into incoming/ soon', async (t) => {
  const { dir, journal, told } = await flooded(t)
  const before = mailsIn(dir).length
  let synced = 0
  const restore = await whenDataSynced(t, async (real) => {
    await real()
    synced += 1
  })
  const ids = await flood(dir, journal, 50)
  restore()
  assert.ok(synced > 0 && synced < 10, `${synced} syncs for 50 mails`)
  assert.equal(mailsIn(dir).length, before, 'they are only in the journal yet')
  assert.ok(journal.willPlace(dir))

  // What a crash at this moment leaves is enough.
  const copy = leftBehind(t, dir)
  assert.ok(await journalIsLeft(copy))
  assert.equal(await recoverJournal(copy), 50)
  await mustHave(copy, ids)
  assert.ok(!hasJournal(copy))
  assert.equal(await recoverJournal(copy), 0)

  await until(() => told.length === 1)
  assert.deepEqual(told, [dir])
  await mustHave(dir, ids)
  assert.equal(mailsIn(dir).length, before + 50)
  // Placed, so a crash does not bring them again.
  const later = leftBehind(t, dir)
  assert.equal(await recoverJournal(later), 0)
  assert.equal(mailsIn(later).length, before + 50)
  assert.ok(!(await journalIsLeft(dir)), 'its program is alive')
  assert.equal(await recoverJournal(dir), 0)
})

test('a crash while mails are placed leaves each of them once, and whole', async (t) => {
  const { dir, journal } = await flooded(t)
  const ids = await flood(dir, journal, 20)
  const copy = leftBehind(t, dir)
  const placing = join(homeOf(copy), 'placing')
  mkdirSync(placing)
  // Before the journal was emptied: half a file, and an envelope that came further than its mail.
  writeFileSync(join(placing, ids[3] ?? ''), 'half')
  for (const at of [4, 9, 14]) writeFileSync(join(copy, 'incoming', `${ids[at]}.envelope`), '{')
  // Mail that comes meanwhile has nothing to do with that.
  const fresh: Promise<unknown>[] = []
  const brings = setInterval(() => {
    const arrival = { sender: 'bob@example.net', extension: undefined }
    const stored = storeIncoming(copy, realChance.id(), chunks('.'), arrival)
    stored.catch(() => undefined)
    fresh.push(stored)
  }, 1)
  assert.equal(await recoverJournal(copy), 20)
  clearInterval(brings)
  await Promise.all(fresh)
  await mustHave(copy, ids)

  // After that: what lies there is complete, and the journal has no word of it.
  const later = leftBehind(t, copy)
  const left = join(later, '.mlmmj-ts', 'journal', '7', 'placing')
  mkdirSync(left, { recursive: true })
  const id = ids[7] ?? ''
  renameSync(join(later, 'incoming', id), join(left, id))
  assert.ok(await journalIsLeft(later))
  assert.equal(await recoverJournal(later), 1)
  await mustHave(later, ids)
})

test('mails keep the order in which they were taken', async (t) => {
  const { dir, journal } = await flooded(t)
  const ids: string[] = []
  for (let n = 0; n < 40; n++) ids.push(...(await flood(dir, journal, 1, n)))
  // Stored by itself, and nevertheless not before them.
  const { id } = await journal.store(dir, realChance.id(), chunks('x'.repeat(200_000)))
  const mine = new Set([...ids, id])
  const waiting = (await waitingIncoming(dir, Date.now())).filter((mail) => mine.has(mail.id))
  assert.deepEqual(
    waiting.map((mail) => mail.id),
    [...ids, id],
  )
})

test('what did not come to disk as a whole is not brought back, and nothing behind it', async (t) => {
  const { dir, journal } = await flooded(t)
  const [first = ''] = await flood(dir, journal, 1, 100)
  const [second = ''] = await flood(dir, journal, 1, 101)
  await flood(dir, journal, 1, 102)
  const copy = leftBehind(t, dir)
  for (const name of ['1', '2']) {
    const path = join(homeOf(copy), name)
    const content = readFileSync(path, 'latin1')
    writeFileSync(path, content.replace('mail 102', 'mail 1o2'), 'latin1')
  }
  await recoverJournal(copy)
  await mustHave(copy, [first, second], 100)
  const subjects = mailsIn(copy).map((id) => readFileSync(join(copy, 'incoming', id), 'latin1'))
  assert.ok(!subjects.some((mail) => /^Subject: mail 1[0o]2/.test(mail)))
})

const eio = () => Object.assign(new Error('EIO: fdatasync'), { code: 'EIO', errno: -5 })

test('what a sync that failed left in the journal is taken back, and stored by itself', async (t) => {
  const { dir, journal } = await flooded(t)
  let failed = false
  const restore = await whenDataSynced(t, async (real) => {
    if (failed) return await real()
    failed = true
    throw eio()
  })
  const ids = await flood(dir, journal, 20)
  restore()
  await mustHave(dir, ids)
  const before = mailsIn(dir).length
  const copy = leftBehind(t, dir)
  await recoverJournal(copy)
  assert.equal(mailsIn(copy).length, before, 'no mail is there twice')
  const more = await flood(dir, journal, 20, 20)
  await mustHave(dir, more, 20)
})

test('a mail is refused when nobody knows whether the journal has it', async (t) => {
  const { dir, journal } = await flooded(t)
  const restore = await whenDataSynced(t, () => Promise.reject(eio()))
  await assert.rejects(flood(dir, journal, 1, 500), /a journal cannot be used now \(EIO\)/)
  restore()
  const ids = await flood(dir, journal, 20)
  await mustHave(dir, ids)
})

test('whose lock was taken away believes in nothing that he writes after that', async (t) => {
  const { dir, journal } = await flooded(t)
  rmSync(join(dir, '.mlmmj-ts', 'lock-journal'), { recursive: true })
  const before = mailsIn(dir).length
  await assert.rejects(flood(dir, journal, 1, 500), /was lost to another program/)
  const ids = await flood(dir, journal, 20)
  await journal.close()
  await recoverJournal(dir)
  await mustHave(dir, ids)
  // Whoever sent it was told to come again.
  assert.equal(mailsIn(dir).length, before + 20, 'what was refused comes in no other way')
})

test('who stands still while he places mails, and lost his journal meanwhile, brings none twice', async (t) => {
  const { dir, journal } = await flooded(t)
  using heard = hearEvents()
  const still = standsStill(t, 'open', '/placing/')
  const before = new Set(mailsIn(dir))
  const ids = await flood(dir, journal, 40)
  await until(() => still.stands)
  // Another program, which knows the list by another path, takes him for dead.
  const also = otherPathOf(t, dir)
  rmSync(join(dir, '.mlmmj-ts', 'lock-journal'), { recursive: true })
  assert.equal(await recoverJournal(also), 40)
  await mustHave(dir, ids)
  // They are processed, and the other one begins a journal of his own.
  for (const id of ids) rmSync(join(dir, 'incoming', id))
  const { other, theirs } = await anothersJournal(t, also)
  still.goOn()
  await until(() => heard.lines.some((line) => line.startsWith('journal-stuck')))
  await journal.close()
  await other.close()
  await mustHave(dir, theirs, 200)
  await recoverJournal(dir)
  assert.ok(!hasJournal(dir))
  const now = mailsIn(dir).filter((id) => !before.has(id))
  assert.deepEqual(
    ids.filter((id) => now.includes(id)),
    [],
    'what was processed is not there again',
  )
})

test('who stands still while he looks what was left behind takes nothing that came after him', async (t) => {
  const dir = scratchList(t)
  mkdirSync(join(dir, '.mlmmj-ts', 'journal', '7'), { recursive: true })
  using heard = hearEvents()
  const still = standsStill(t, 'readdir', '/.mlmmj-ts/journal')
  const recovered = recoverJournal(dir)
  recovered.catch(() => undefined)
  await until(() => still.stands)
  rmSync(join(dir, '.mlmmj-ts', 'lock-journal'), { recursive: true })
  const { other, theirs } = await anothersJournal(t, otherPathOf(t, dir))
  still.goOn()
  await assert.rejects(recovered, /was lost to another program/)
  await other.close()
  await mustHave(dir, theirs, 200)
  assert.deepEqual(
    heard.lines.filter((line) => line.startsWith('journal-stuck')),
    [],
  )
})

test('a journal that somebody damages while it is used loses nothing in silence', async (t) => {
  const { dir, journal, told } = await flooded(t)
  using heard = hearEvents()
  const ids = await flood(dir, journal, 3)
  await flood(dir, journal, 1, 102)
  for (const name of ['1', '2']) {
    const path = join(homeOf(dir), name)
    const at = readFileSync(path, 'latin1').indexOf('Subject: mail 102')
    if (at < 0) continue
    const file = openSync(path, 'r+')
    writeSync(file, 'x', at)
    closeSync(file)
  }
  await until(() => told.length === 1)
  const stuck = heard.lines.filter((line) => line.startsWith('journal-stuck'))
  assert.match(stuck.join(), /1 mails can no longer be read in a journal/)
  await recoverJournal(dir)
  await mustHave(dir, ids)
})

test('a journal that cannot be read holds up no mails of the other one', async (t) => {
  const { dir, journal } = await flooded(t)
  const ids = await flood(dir, journal, 5)
  const copy = leftBehind(t, dir)
  const path = (name: string) => join(homeOf(copy), name)
  if (readFileSync(path('1'), 'latin1').includes('Subject: mail 4\r'))
    renameSync(path('1'), path('2'))
  rmSync(path('1'), { force: true })
  mkdirSync(path('1'))
  await assert.rejects(recoverJournal(copy), /a journal is no plain file/)
  await mustHave(copy, ids)
})

test('when there is no room for their files, mails stay in the journal until there is', async (t) => {
  const { dir, journal, told } = await flooded(t)
  const ids = await flood(dir, journal, 5)
  // As good as a full disk: nothing can be made in there.
  const placing = join(homeOf(dir), 'placing')
  rmdirSync(placing)
  writeFileSync(placing, '')
  await until(() => told.length === 1)
  await assert.rejects(recoverJournal(dir), /placing is no directory/)
  assert.ok(await journalIsLeft(dir))
  unlinkSync(join(homeOf(dir), 'placing'))
  assert.equal(await recoverJournal(dir), 5)
  await mustHave(dir, ids)
})

test('mails that incoming/ does not take stay complete beside it until it does', async (t) => {
  const { dir, journal, told } = await flooded(t)
  const ids = await flood(dir, journal, 6)
  // Stands where the third mail shall come.
  const wall = join(dir, 'incoming', ids[2] ?? '')
  mkdirSync(wall)
  await until(() => told.length === 1)
  const others = ids.filter((id) => id !== ids[2])
  for (const id of others) assert.ok(existsSync(join(dir, 'incoming', id)), 'they come in')
  assert.ok(await journalIsLeft(dir))
  await assert.rejects(recoverJournal(dir))
  const more = await flood(dir, journal, 20, 20)
  rmdirSync(wall)
  await recoverJournal(dir)
  await mustHave(dir, ids)
  await journal.close()
  await mustHave(dir, more, 20)
})

test('mails that come while the journal is closed are each there once', async (t) => {
  const { dir, journal } = await flooded(t)
  const before = mailsIn(dir).length
  let go: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (go = resolve))
  async function* slow() {
    yield Buffer.from('Subject: slow\r\n')
    await gate
    yield Buffer.from('.')
  }
  const ids: string[] = []
  const keep = async (mail: AsyncIterable<Buffer>) => {
    ids.push((await journal.store(dir, realChance.id(), mail)).id)
  }
  const early = Array.from({ length: 40 }, () => keep(slow()))
  const closed = journal.close()
  const late = Array.from({ length: 40 }, () => keep(chunks('x'.repeat(200_000))))
  go()
  await Promise.all([...early, ...late, closed])
  await recoverJournal(dir)
  for (const id of ids) assert.ok(existsSync(join(dir, 'incoming', id)), `${id} is lost`)
  assert.equal(mailsIn(dir).length, before + 80)
  assert.ok(!hasJournal(dir))
})

test('who brings a large mail that cannot be stored is let go', async (t) => {
  const { dir, journal } = await flooded(t)
  let ended = false
  async function* endless() {
    try {
      for (;;) yield await Promise.resolve(Buffer.alloc(60_000))
    } finally {
      ended = true
    }
  }
  t.mock.method(await fileHandles(), 'sync', () => Promise.reject(eio()))
  rmSync(join(dir, 'incoming'), { recursive: true })
  rmSync(join(dir, '.mlmmj-ts'), { recursive: true })
  writeFileSync(join(dir, '.mlmmj-ts'), '')
  await assert.rejects(journal.store(dir, realChance.id(), endless()))
  assert.ok(ended)
})

test('a directory of a journal that was begun and never filled goes away', async (t) => {
  for (const begun of ['journal', 'journal/7', 'journal/9-7', 'journal/7/placing']) {
    const dir = scratchList(t)
    mkdirSync(join(dir, '.mlmmj-ts', begun), { recursive: true })
    assert.equal(await recoverJournal(dir), 0)
    assert.ok(!hasJournal(dir), begun)
  }
})

test('links in the place of directories of a journal are not followed', async (t) => {
  for (const at of ['journal', 'journal/7', 'journal/7/placing']) {
    const [dir, other] = [scratchList(t), scratchList(t)]
    for (const name of ['7/placing', 'placing', '.'])
      mkdirSync(join(other, 'moderation', name), { recursive: true })
    const held = ['0123456789abcdef', '7/placing/0123456789abcdef', 'placing/0123456789abcdef']
    for (const name of held) writeFileSync(join(other, 'moderation', name), 'held')
    const planted = join(dir, '.mlmmj-ts', at)
    mkdirSync(dirname(planted), { recursive: true })
    symlinkSync(join(other, 'moderation'), planted)
    await assert.rejects(recoverJournal(dir), /is no directory/)
    for (const name of held)
      assert.ok(existsSync(join(other, 'moderation', name)), `${at}: ${name}`)
    assert.deepEqual(mailsIn(dir), [])
  }
})

test('the end of the program leaves no journal', async (t) => {
  const { dir, journal } = await flooded(t)
  const ids = await flood(dir, journal, 30)
  await journal.close()
  assert.ok(!hasJournal(dir))
  await mustHave(dir, ids)
  const after = await flood(dir, journal, 30, 30)
  await mustHave(dir, after, 30)
  assert.ok(!hasJournal(dir))
})

test('large mails have a file of their own from the beginning', async (t) => {
  const { dir, journal } = await flooded(t)
  const parts = Array.from({ length: 5 }, (_, n) => String(n).repeat(50_000))
  const { id, bytes } = await journal.store(dir, realChance.id(), chunks(...parts))
  assert.equal(bytes, 250_000)
  assert.equal(readFileSync(join(dir, 'incoming', id), 'latin1'), parts.join(''))
})

test('a mail that breaks off is nowhere', async (t) => {
  const { dir, journal } = await flooded(t)
  const before = mailsIn(dir).length
  async function* broken() {
    yield await Promise.resolve(Buffer.from('half a mail'))
    throw new TypeError('the sender went away')
  }
  await assert.rejects(journal.store(dir, realChance.id(), broken()), TypeError)
  await journal.close()
  assert.equal(mailsIn(dir).length, before)
})

test('more than the journal can hold at once is stored by itself', async (t) => {
  const { dir, journal } = await flooded(t)
  const restore = await whenDataSynced(t, async (real) => {
    await pause(50)
    await real()
  })
  const stored = Array.from({ length: 50 }, async () => {
    const { id } = await journal.store(dir, realChance.id(), chunks('x'.repeat(130_000)))
    return id
  })
  const ids = await Promise.all(stored)
  restore()
  await until(() => ids.every((id) => existsSync(join(dir, 'incoming', id))))
  for (const id of ids) assert.equal(lstatSync(join(dir, 'incoming', id)).size, 130_000)
})

test('what somebody planted in place of a journal is not followed', async (t) => {
  const dir = scratchList(t)
  mkdirSync(join(dir, '.mlmmj-ts', 'journal', '7'), { recursive: true })
  writeFileSync(join(dir, 'victim'), 'not a journal')
  symlinkSync(join(dir, 'victim'), join(dir, '.mlmmj-ts', 'journal', '7', '1'))
  await assert.rejects(recoverJournal(dir), /a journal is no plain file/)
  const journal = openIntakeJournal(() => undefined)
  t.after(() => journal.close())
  const ids = await flood(dir, journal, 30)
  await mustHave(dir, ids)
  assert.equal(readFileSync(join(dir, 'victim'), 'latin1'), 'not a journal')
})

test('two programs do not share a journal', async (t) => {
  const { dir, journal } = await flooded(t)
  const other = openIntakeJournal(() => undefined)
  t.after(() => other.close())
  const ids = await flood(dir, other, 40)
  await mustHave(dir, ids)
  const mine = await flood(dir, journal, 10, 40)
  await journal.close()
  await mustHave(dir, mine, 40)
})
