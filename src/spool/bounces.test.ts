import assert from 'node:assert/strict'
import {
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { isFault } from '../base/fault.ts'
import { scratchList } from '../../test/scratch-list.ts'
import {
  bounceIds,
  bouncersOf,
  dropProbe,
  forgetBouncer,
  isBounceId,
  keepLastBounce,
  noteProbe,
  recordBounce,
} from './bounces.ts'

const ann = 'ann@example.org'
const stamp = { id: 7, epochSeconds: 1_700_000_000, ctime: 'Tue Nov 14 22:13:20 2023' }
const line = '7:1700000000 # Tue Nov 14 22:13:20 2023\n'

function shelf(t: TestContext, files: Readonly<Record<string, string>> = {}) {
  const dir = scratchList(t)
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(dir, 'bounce', name), content, 'latin1')
  const read = (name: string) => readFileSync(join(dir, 'bounce', name), 'latin1')
  const names = () => readdirSync(join(dir, 'bounce')).sort()
  const bouncers = async () => {
    const found = []
    for await (const { address, since, probedAt, hasRecord } of bouncersOf(dir))
      found.push([address, since, probedAt, hasRecord])
    return found.sort()
  }
  return { dir, read, names, bouncers }
}

test('recordBounce() notes no more than its limit within the window, and stays small', async (t) => {
  const { dir, read } = shelf(t)
  const limit = { most: 3, windowSeconds: 3_600 }
  const note = (at: number) =>
    recordBounce(dir, ann, { ...stamp, epochSeconds: stamp.epochSeconds + at, limit })
  const noted = []
  for (const at of [0, 1, 2, 3, 3_599, 3_600, 3_601]) noted.push(await note(at))
  assert.deepEqual(noted, [true, true, true, 'enough', 'enough', true, true])
  assert.equal(read('ann=example.org').split('\n').length, 6)
  writeFileSync(join(dir, 'bounce/ann=example.org'), line.repeat(7_000))
  assert.equal(await recordBounce(dir, ann, { ...stamp, epochSeconds: 1_800_000_000 }), 'enough')
})

test('recordBounce() appends lines in the form of mlmmj', async (t) => {
  const { dir, read, names } = shelf(t)
  assert.equal(await recordBounce(dir, 'Ann@Example.ORG', stamp), true)
  assert.equal(await recordBounce(dir, ann, { ...stamp, id: 'digest' }), true)
  assert.equal(await recordBounce(dir, ann, { ...stamp, id: '' }), true)
  assert.deepEqual(names(), ['ann=example.org'])
  assert.equal(read('ann=example.org'), line + line.replace('7', 'digest') + line.replace('7', ''))
})

test('recordBounce() takes the last @ for the sign, so any local part is kept apart', async (t) => {
  const { dir, names, bouncers } = shelf(t)
  for (const address of ['a=b@example.org', 'joe-x@example.org', '"a@b"@example.org'])
    assert.equal(await recordBounce(dir, address, stamp), true)
  assert.deepEqual(names(), ['"a@b"=example.org', 'a=b=example.org', 'joe-x=example.org'])
  const found = (await bouncers()).map(([address]) => address)
  assert.deepEqual(found, ['"a@b"@example.org', 'a=b@example.org', 'joe-x@example.org'])
})

test('recordBounce() writes no id that would break its lines', async (t) => {
  const { dir, names } = shelf(t)
  for (const id of ['a:b', 'a#b', 'a\nb', 'a b', 'x'.repeat(41)]) {
    assert.equal(isBounceId(id), false)
    assert.equal(await recordBounce(dir, ann, { ...stamp, id }), false)
  }
  assert.deepEqual(names(), [])
})

test('recordBounce() begins a new line behind one that was cut off', async (t) => {
  const { dir, read } = shelf(t, { 'ann=example.org': '6:1600' })
  await recordBounce(dir, ann, stamp)
  assert.equal(read('ann=example.org'), `6:1600\n${line}`)
})

test('recordBounce() follows no link, and writes into nothing strange', async (t) => {
  const { dir, names } = shelf(t, { 'bob=example.org-probe': '1700000000' })
  symlinkSync('elsewhere', join(dir, 'bounce', 'ann=example.org'))
  for (const address of [ann, 'a/b@example.org', '.a@example.org', `${'a'.repeat(250)}@b`])
    assert.equal(await recordBounce(dir, address, stamp), false, address)
  assert.equal(await recordBounce(dir, 'bob@example.org-probe', stamp), false)
  assert.equal(existsSync(join(dir, 'bounce', 'elsewhere')), false)
  assert.deepEqual(names(), ['ann=example.org', 'bob=example.org-probe'])
})

test('bouncersOf() gives the first time of each record and that of its probe', async (t) => {
  const { bouncers } = shelf(t, {
    'ann=example.org': `12:1700000000 # x\n13:1800000000 # y\n`,
    'ann=example.org-probe': '1900000000',
    'ann=example.org.lastmsg': 'Subject: failure\n\n7:1 # x\n',
    'bob=example.org': 'help:1600000000 # x\n',
    'no address': line,
    '.hidden=example.org': line,
  })
  assert.deepEqual(await bouncers(), [
    [ann, 1_700_000_000, 1_900_000_000, true],
    ['bob@example.org', 1_600_000_000, undefined, true],
  ])
})

test('bouncersOf() reads lines that others wrote carelessly, and leaves what has no time', async (t) => {
  const { bouncers } = shelf(t, {
    'a=example.org': 'a:b#c:1700000000 # Tue Nov 14 22:13:20 2023\n',
    'b=example.org': '7:1700000001\n',
    'c=example.org': '7:never # x\n',
    'd=example.org': '',
  })
  assert.deepEqual(await bouncers(), [
    ['a@example.org', 1_700_000_000, undefined, true],
    ['b@example.org', 1_700_000_001, undefined, true],
    ['c@example.org', undefined, undefined, true],
    ['d@example.org', undefined, undefined, true],
  ])
})

test('an address that ends like a marker or a kept mail is nobody less', async (t) => {
  const { dir, bouncers, names } = shelf(t, { 'ann=y.lastmsg.lastmsg': 'Subject: x\n\n' })
  for (const address of ['ann@y-probe', 'ann@y.lastmsg', 'ann@y'])
    assert.equal(await recordBounce(dir, address, stamp), true)
  await keepLastBounce(dir, 'ann@y', Buffer.from('Subject: for y\n\n'))
  assert.equal(await noteProbe(dir, 'ann@y', 1), false)
  assert.equal(await noteProbe(dir, 'ann@y-probe', 1_700_000_001), true)
  assert.deepEqual(await bouncers(), [
    ['ann@y', 1_700_000_000, undefined, true],
    ['ann@y-probe', 1_700_000_000, 1_700_000_001, true],
    ['ann@y.lastmsg', 1_700_000_000, undefined, true],
  ])
  await forgetBouncer(dir, 'ann@y')
  assert.deepEqual(names(), [
    'ann=y-probe',
    'ann=y-probe-probe',
    'ann=y.lastmsg',
    'ann=y.lastmsg.lastmsg',
  ])
  for (const address of ['ann@y-probe', 'ann@y.lastmsg']) await forgetBouncer(dir, address)
  assert.deepEqual(names(), [])
})

test('bouncersOf() finds a marker without its record, and one that was written in vain', async (t) => {
  const { dir, bouncers } = shelf(t, {
    'ann=example.org-probe': '1700000000',
    'bob=example.org': line,
    'bob=example.org-probe': '',
  })
  utimesSync(join(dir, 'bounce', 'bob=example.org-probe'), 1_234, 1_234)
  assert.deepEqual(await bouncers(), [
    [ann, undefined, 1_700_000_000, false],
    ['bob@example.org', 1_700_000_000, 1_234, true],
  ])
})

test('bouncersOf() says that a shelf is missing', async () => {
  await assert.rejects(
    async () => {
      for await (const bouncer of bouncersOf('/nonexistent')) assert.fail(bouncer.address)
    },
    (thrown) => isFault(thrown, 'spoolTrouble'),
  )
})

test('bounceIds() gives what stands before each first colon, up to a line without', async (t) => {
  const { dir } = shelf(t, { 'ann=example.org': `${line}${line}digest:1 # x\n\n9:1 # x\n` })
  assert.deepEqual(await bounceIds(dir, ann), ['7', '7', 'digest'])
  assert.deepEqual(await bounceIds(dir, 'bob@example.org'), [])
})

test('noteProbe() writes the time without line end, once', async (t) => {
  const { dir, read } = shelf(t)
  assert.equal(await noteProbe(dir, ann, 1_700_000_000), true)
  assert.equal(await noteProbe(dir, ann, 1_800_000_000), false)
  assert.equal(read('ann=example.org-probe'), '1700000000')
  assert.equal(await dropProbe(dir, 'ANN@example.org'), true)
  assert.equal(await dropProbe(dir, ann), false)
})

test('keepLastBounce() keeps the newest mail', async (t) => {
  const { dir, read, names } = shelf(t)
  await keepLastBounce(dir, ann, Buffer.from('one'))
  await keepLastBounce(dir, ann, Buffer.from('two'))
  assert.equal(read('ann=example.org.lastmsg'), 'two')
  await noteProbe(dir, ann, 1)
  await recordBounce(dir, ann, stamp)
  await forgetBouncer(dir, ann)
  assert.deepEqual(names(), [])
})
