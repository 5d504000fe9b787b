import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { isFault } from '../base/fault.ts'
import { listenerToken, whyNoToken } from './token.ts'

const unset = { value: undefined, file: undefined }
const good = randomBytes(32).toString('base64url')

function confDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'mlmmj-token-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

/** A refusal to start whose sentence matches, and tells nothing of the token. */
function refusal(pattern: RegExp, secret = good) {
  return (thrown: unknown) =>
    isFault(thrown, 'badSettings') &&
    pattern.test(thrown.message) &&
    !thrown.message.includes(secret)
}

test('the first start makes a token of 256 bits that only its owner may read', async (t) => {
  const dir = confDir(t)
  const first = await listenerToken({ token: unset, confDir: dir })
  const file = join(dir, 'listener.token')
  assert.deepEqual({ file: first.file, made: first.made }, { file, made: true })
  assert.match(first.token, /^[0-9a-f]{64}$/)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(readFileSync(file, 'utf8'), `${first.token}\n`)
  const second = await listenerToken({ token: unset, confDir: dir })
  assert.deepEqual(second, { ...first, made: false })
  assert.deepEqual(readdirSync(dir), ['listener.token'])
})

test('services that start at once agree on one token', async (t) => {
  const dir = confDir(t)
  const all = await Promise.all(
    Array.from({ length: 20 }, () => listenerToken({ token: unset, confDir: dir })),
  )
  assert.equal(new Set(all.map(({ token }) => token)).size, 1)
  assert.equal(all.filter(({ made }) => made).length, 1)
  assert.deepEqual(readdirSync(dir), ['listener.token'])
})

test('the token may come from the environment or from a file of any mode', async (t) => {
  const dir = confDir(t)
  const file = join(dir, 'secret')
  writeFileSync(file, `${good}\n`, { mode: 0o444 })
  assert.equal((await listenerToken({ token: { ...unset, file }, confDir: dir })).token, good)
  const given = await listenerToken({ token: { ...unset, value: good }, confDir: dir })
  assert.deepEqual(given, { token: good, file: undefined, made: false })
  assert.deepEqual(readdirSync(dir), ['secret'])
  await assert.rejects(
    listenerToken({ token: { value: good, file }, confDir: dir }),
    refusal(/both/),
  )
})

test('no token, no start', async (t) => {
  const dir = confDir(t)
  const none = { ...unset, file: join(dir, 'none') }
  await assert.rejects(listenerToken({ token: none, confDir: dir }), refusal(/does not exist/))
  const away = { token: unset, confDir: join(dir, 'away') }
  await assert.rejects(listenerToken(away), refusal(/install -d -m 755 .*away$/))
  await assert.rejects(
    listenerToken({ token: { ...unset, file: dir }, confDir: dir }),
    refusal(/file/),
  )
  writeFileSync(join(dir, 'listener.token'), '', { mode: 0o600 })
  await assert.rejects(listenerToken({ token: unset, confDir: dir }), refusal(/is empty/))
})

test('a kept token that others may read is not used; its group may read it', async (t) => {
  const dir = confDir(t)
  const file = join(dir, 'listener.token')
  writeFileSync(file, good)
  for (const mode of [0o644, 0o660, 0o604, 0o602]) {
    chmodSync(file, mode)
    await assert.rejects(
      listenerToken({ token: unset, confDir: dir }),
      refusal(/chmod 600 .*token/),
    )
  }
  chmodSync(file, 0o640)
  assert.equal((await listenerToken({ token: unset, confDir: dir })).token, good)
})

test('short, known and poor tokens are refused without being told', async (t) => {
  const bad = [
    'changeme',
    'x',
    good.slice(0, 31),
    'change-me-to-something-long-and-random-please',
    'CHANGE_ME_0123456789abcdefghijklmnopqrst',
    'your-token-here-0123456789abcdefghijklmn',
    'restpassword-restpassword-0123456789',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '0123456789abcdef0123456789abcdef',
    `${good} ${good}`,
    `${good}\u00e9`,
    'k'.repeat(2_000),
  ]
  const dir = confDir(t)
  for (const value of bad) {
    assert.notEqual(whyNoToken(value), undefined, value)
    const started = listenerToken({ token: { ...unset, value }, confDir: dir })
    await assert.rejects(started, refusal(/MLMMJ_TOKEN .*openssl/, value.length > 1 ? value : '\0'))
  }
  for (let n = 0; n < 100; n++) assert.equal(whyNoToken(randomBytes(32).toString('hex')), undefined)
})
