import assert from 'node:assert/strict'
import * as real from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { errnoOf } from '../base/fault.ts'
import * as atOnce from './fs-at-once.ts'

/** What the spool uses of node:fs/promises, as both of them have it. */
type Files = Pick<
  typeof atOnce,
  'copyFile' | 'link' | 'lstat' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm'
> &
  Pick<typeof atOnce, 'access' | 'chmod' | 'readlink' | 'realpath' | 'stat' | 'unlink'>

const rivals = { 'node:fs/promises': real as unknown as Files, 'fs-at-once': atOnce as Files }

async function word(action: Promise<unknown>): Promise<string | undefined> {
  return await action.then(
    () => 'done',
    (thrown: unknown) => errnoOf(thrown),
  )
}

/** One mail's way and its mishaps; answers with everything that can be seen of it. */
async function story(files: Files, dir: string): Promise<readonly unknown[]> {
  const [draft, mail, other] = [join(dir, 'draft'), join(dir, 'mail'), join(dir, 'other')]
  const file = await files.open(draft, 'wx', 0o600)
  await file.appendFile(Buffer.from('one '))
  await file.appendFile(Buffer.from('two'))
  await file.write(' three', undefined, 'latin1')
  await file.chmod(0o640)
  await file.sync()
  const { size, mode } = await file.stat()
  await file.close()
  await file.close()
  await files.link(draft, mail)
  const taken = await word(files.link(draft, mail))
  await files.unlink(draft)
  await files.copyFile(mail, other)
  await files.rename(other, draft)
  await files.chmod(draft, 0o600)
  const reader = await files.open(mail, 'r')
  const { buffer, bytesRead } = await reader.read(Buffer.alloc(9), 0, 9, 4)
  // Without a position, from where the last such read ended.
  const parts: string[] = []
  for (let at = 0; at < 3; at++) {
    const part = await reader.read(Buffer.alloc(9), 0, 9, null)
    parts.push(part.buffer.toString('latin1', 0, part.bytesRead))
  }
  await reader.close()
  const seen = [
    parts,
    (await files.readdir(dir, { encoding: 'buffer' }))
      .map((name) => [typeof name, `${name}`])
      .sort(),
    (await files.readdir(dir)).sort(),
    (await files.readFile(draft, 'latin1')).toString(),
    (await files.stat(draft)).size,
    (await files.lstat(dir)).isDirectory(),
    (await files.realpath(mail)) === (await real.realpath(mail)),
    await word(files.mkdir(dir)),
    await word(files.open(mail, 'wx')),
    await word(files.stat(join(dir, 'nothing'))),
    await word(files.readlink(mail)),
    await word(files.access(join(dir, 'nothing'))),
    await word(files.rm(join(dir, 'nothing'), { force: true })),
    await word(files.rm(join(dir, 'nothing'))),
  ]
  await files.rm(mail)
  return [...seen, size, mode, taken, buffer.toString('latin1', 0, bytesRead)]
}

test('fs-at-once does with files what node:fs/promises does', async () => {
  const told: unknown[] = []
  for (const files of Object.values(rivals)) {
    const dir = await mkdtemp(join(tmpdir(), 'mlmmj-at-once-'))
    try {
      told.push(await story(files, dir))
    } finally {
      await rm(dir, { recursive: true })
    }
  }
  assert.equal(told.length, 2)
  assert.deepEqual(told[1], told[0])
})

test('fs-at-once has done its work when the promise is made', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-at-once-'))
  try {
    const made = atOnce.mkdir(join(dir, 'below'))
    assert.deepEqual(await real.readdir(dir), ['below'])
    await made
  } finally {
    await rm(dir, { recursive: true })
  }
})
