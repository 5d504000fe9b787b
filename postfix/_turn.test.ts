import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { takeTurn } from './_turn.ts'

function scratch(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'mlmmj-turn-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function nameOfTurn(dir: string): Promise<string> {
  const turn = await takeTurn(dir)
  const [name = ''] = readdirSync(dir)
  await turn?.end()
  return name
}

test('one at a time has the turn, and leaves nothing', async (t) => {
  const dir = scratch(t)
  const first = await takeTurn(dir)
  assert.ok(first)
  assert.equal(await takeTurn(dir), undefined)
  await first.renew()
  await first.end()
  const second = await takeTurn(dir)
  assert.ok(second)
  await second.end()
  assert.deepEqual(readdirSync(dir), [])
})

test('of many who come at once at most one has the turn', async (t) => {
  const dir = scratch(t)
  for (let round = 0; round < 20; round++) {
    const turns = await Promise.all(Array.from({ length: 8 }, () => takeTurn(dir)))
    const got = turns.filter((turn) => turn !== undefined)
    assert.ok(got.length <= 1, `${got.length} turns`)
    for (const turn of got) await turn.end()
  }
  assert.deepEqual(readdirSync(dir), [])
})

test('the turn of a dead process is over, also when its number was given away again', async (t) => {
  const dir = scratch(t)
  const name = await nameOfTurn(dir)
  const child = spawn(process.execPath, ['-e', '0'])
  await once(child, 'exit')
  writeFileSync(join(dir, name.replace(`-${process.pid}-`, `-${child.pid}-`)), '')
  writeFileSync(join(dir, name.replace(/-\d+-(\d+)$/, '-1-$1')), '')
  const turn = await takeTurn(dir)
  assert.ok(turn)
  await turn.end()
  assert.deepEqual(readdirSync(dir), [])
})

test('the turn of a living process is not over, however old', async (t) => {
  const dir = scratch(t)
  const turn = await takeTurn(dir)
  const [name = ''] = readdirSync(dir)
  utimesSync(join(dir, name), 1_000_000, 1_000_000)
  assert.equal(await takeTurn(dir), undefined)
  await turn?.end()
})

test('what another machine or container holds counts until it is an hour old', async (t) => {
  const dir = scratch(t)
  const name = await nameOfTurn(dir)
  const theirs = join(dir, name.replace(/^\.turn-[^-]+/, '.turn-00000000.1'))
  writeFileSync(theirs, '')
  assert.equal(await takeTurn(dir), undefined)
  const before = Date.now() / 1000 - 3_700
  utimesSync(theirs, before, before)
  const turn = await takeTurn(dir)
  assert.ok(turn)
  await turn.end()
})
