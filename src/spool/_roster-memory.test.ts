import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { rename, utimes, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAddress } from '../message/address.ts'
import { scratchList, type ScratchList } from './_scratch-list.ts'
import { rosterOf } from './roster.ts'

/** A little more than a file must stay as it is. */
const settledMs = 1_050

function change(list: ScratchList, how: 'add' | 'remove', ...addresses: string[]) {
  const all = addresses.map((text) => ({ do: how, address: parseAddress(text), kind: 'normal' }))
  return rosterOf(list.dir).change(all as Parameters<ReturnType<typeof rosterOf>['change']>[0])
}

/** Looks so often that every file is learnt. */
async function learn(list: ScratchList): Promise<void> {
  await rosterOf(list.dir).has('nobody@example.net')
  await sleep(settledMs)
  await rosterOf(list.dir).has('nobody@example.net')
}

/** How many bytes this process has read so far; what it read from the cache of the system too. */
function bytesRead(): number {
  const [, bytes] = /^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1')) ?? []
  return Number(bytes)
}

function hundredThousand(): string {
  return Array.from({ length: 100_000 }, (_, n) => `a${n}@example.org\n`).join('')
}

test('a file that stays as it is is read twice, and then only where an address may be', async () => {
  await using list = await scratchList()
  const content = hundredThousand()
  await list.write('subscribers.d/a', content)
  await learn(list)
  const roster = rosterOf(list.dir)
  const before = bytesRead()
  for (let n = 0; n < 50; n++) {
    assert.equal(await roster.has(`A${n * 1_999}@example.org`), true)
    assert.equal(await roster.has(`a${n}@example.net`), false)
    assert.deepEqual(await roster.kindsOf(`a${n}@example.org`), ['normal'])
  }
  assert.ok(bytesRead() - before < content.length)
  // Who changes it reads it once, to copy it.
  for (let n = 0; n < 10; n++) {
    const copying = bytesRead()
    assert.deepEqual(await change(list, 'add', `abe${n}@example.org`), ['added'])
    assert.deepEqual(await change(list, 'remove', `a${n * 7}@example.org`), ['removed'])
    assert.equal(await roster.has(`abe${n}@example.org`), true)
    assert.equal(await roster.has(`a${n * 7}@example.org`), false)
    assert.equal(await roster.has('a99999@example.org'), true)
    assert.ok(bytesRead() - copying < 2.5 * content.length)
  }
})

test('what another program writes is seen at once, even with the same size', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/a', 'ann@example.org\nabe@example.org\n')
  await learn(list)
  const roster = rosterOf(list.dir)
  const path = list.path('subscribers.d/a')
  assert.equal(await roster.has('ann@example.org'), true)
  await writeFile(path, 'amy@example.org\nabe@example.org\n')
  assert.equal(await roster.has('ann@example.org'), false)
  assert.equal(await roster.has('amy@example.org'), true)
  await learn(list)
  await writeFile(path, 'ada@example.org\n', { flag: 'a' })
  assert.equal(await roster.has('ada@example.org'), true)
  await learn(list)
  await writeFile(`${path}.new`, 'ada@example.org\nabe@example.org\namy@example.org\n')
  await rename(`${path}.new`, path)
  assert.deepEqual(await change(list, 'add', 'ada@example.org'), ['already'])
  await learn(list)
  // Its old time is no disguise.
  await writeFile(path, 'eve@example.org\nabe@example.org\namy@example.org\n')
  await utimes(path, 1_000, 1_000)
  assert.equal(await roster.has('ada@example.org'), false)
  assert.equal(await roster.has('eve@example.org'), true)
})

test('what another program writes right behind us is seen at once, 50 times', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/a', 'abe@example.org\n')
  const roster = rosterOf(list.dir)
  const path = list.path('subscribers.d/a')
  for (let round = 0; round < 50; round++) {
    await change(list, 'remove', 'amy@example.org', 'old@example.org')
    // What we wrote ourselves is learnt at the next look.
    assert.equal(await roster.has('abe@example.org'), true)
    assert.deepEqual(await change(list, 'add', 'ann@example.org'), ['added'])
    writeFileSync(path, 'amy@example.org\nold@example.org\n')
    assert.equal(await roster.has('ann@example.org'), false)
    assert.equal(await roster.has('amy@example.org'), true)
    await change(list, 'add', 'abe@example.org')
  }
})

test('people come, go and are looked for at the same time, and others edit: all is right', async () => {
  await using list = await scratchList()
  await list.write('subscribers.d/a', hundredThousand())
  await list.write('subscribers.d/odd', 'AOdd@example.org\r\n')
  await learn(list)
  const roster = rosterOf(list.dir)
  const stays = async () => {
    for (let n = 0; n < 400; n++) {
      assert.equal(await roster.has(`a${50_000 + n}@example.org`), true)
      assert.equal(await roster.has(`a${n}@example.net`), false)
      assert.equal(await roster.has('aodd@example.org'), true)
    }
  }
  const goes = async () => {
    for (let n = 0; n < 30; n++) {
      assert.deepEqual(await change(list, 'remove', `a${n}@example.org`), ['removed'])
      assert.equal(await roster.has(`a${n}@example.org`), false)
    }
  }
  const comes = async () => {
    for (let n = 0; n < 30; n++) {
      assert.deepEqual(await change(list, 'add', `abe${n}@example.org`), ['added'])
      assert.equal(await roster.has(`abe${n}@example.org`), true)
    }
  }
  await Promise.all([stays(), stays(), goes(), comes(), stays()])
  const lines = (await list.read('subscribers.d/a'))?.split('\n')
  assert.equal(lines?.length, 100_001)
  assert.equal(lines?.[0], 'a30@example.org')
  assert.deepEqual(lines?.slice(-3), ['abe28@example.org', 'abe29@example.org', ''])
})
