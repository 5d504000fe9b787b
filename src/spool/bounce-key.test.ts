import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { log } from '../base/events.ts'
import { scratchList } from '../../test/scratch-list.ts'
import { bounceKeyOf } from './bounce-key.ts'

const fileOf = (dir: string) => join(dir, '.mlmmj-ts/bounce-key')

test('bounceKeyOf() makes a key on first use, for its owner alone, and keeps it', async (t) => {
  const dir = scratchList(t)
  const all = await Promise.all(Array.from({ length: 8 }, () => bounceKeyOf(dir)))
  const [key = Buffer.alloc(0)] = all
  assert.equal(key.length, 32)
  for (const other of [...all, await bounceKeyOf(dir)]) assert.deepEqual(other, key)
  assert.equal(statSync(fileOf(dir)).mode & 0o777, 0o600)
  assert.notDeepEqual(await bounceKeyOf(scratchList(t)), key)
})

test('bounceKeyOf() replaces what is no key, and says so', async (t) => {
  const dir = scratchList(t)
  const heard: string[] = []
  const hear = (line: unknown) => void heard.push(String(line))
  log.subscribe(hear)
  t.after(() => log.unsubscribe(hear))
  await bounceKeyOf(dir)
  for (const spoiled of ['', 'abc\n', `${'0'.repeat(63)}\n`]) {
    writeFileSync(fileOf(dir), spoiled)
    assert.equal((await bounceKeyOf(dir)).length, 32)
    assert.match(readFileSync(fileOf(dir), 'latin1'), /^[0-9a-f]{64}\n$/)
  }
  assert.equal(heard.length, 3)
  assert.match(heard[0] ?? '', /^setting-ignored .*bounce-key/)
})
