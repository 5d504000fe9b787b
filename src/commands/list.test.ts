import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { list } from './list.ts'
import { tempDir, tryCommand } from './_trial.ts'

async function filled() {
  const dir = await tempDir()
  for (const name of ['subscribers.d', 'digesters.d', 'control']) await mkdir(join(dir.path, name))
  await writeFile(join(dir.path, 'subscribers.d', 'a'), 'ann@example.org\r\n\nalf@example.org')
  await writeFile(join(dir.path, 'digesters.d', 'j'), 'j\xf6e@example.org\n', 'latin1')
  await writeFile(join(dir.path, 'control', 'owner'), 'own@example.org\n\n')
  const says = async (...argv: string[]) =>
    (await tryCommand(list, ['-L', dir.path, ...argv])).stdout
  return { says, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() }
}

test('list prints lines as they are, without CR, and counts the blank ones', async () => {
  await using dir = await filled()
  assert.equal(await dir.says(), 'ann@example.org\n\nalf@example.org\n')
  assert.equal(await dir.says('-c'), '3\n')
  assert.equal(await dir.says('-o'), 'own@example.org\n\n')
  assert.equal(await dir.says('-oc'), '2\n')
})

test('list obeys the last of its kinds', async () => {
  await using dir = await filled()
  assert.equal(await dir.says('-s', '-d'), 'j\xf6e@example.org\n')
  assert.equal(await dir.says('-ds', '-c'), '3\n')
})

test('list takes what is missing for empty', async () => {
  await using dir = await filled()
  assert.equal(await dir.says('-n'), '')
  assert.equal(await dir.says('-nc'), '0\n')
  assert.equal(await dir.says('-m'), '')
})

test('list prints JSON and all counts', async () => {
  await using dir = await filled()
  assert.deepEqual(JSON.parse(await dir.says('--json')), ['ann@example.org', '', 'alf@example.org'])
  assert.deepEqual(JSON.parse(await dir.says('--json', '-n')), [])
  assert.equal(
    await dir.says('--counts'),
    'normal     3\ndigest     1\nnomail     0\nmoderators 0\nowner      2\n',
  )
  assert.equal(JSON.parse(await dir.says('--counts', '--json')).digest, 1)
})

test('list knows what is no list', async () => {
  await using dir = await tempDir()
  assert.equal((await tryCommand(list, ['-L', dir.path])).exit, 67)
  assert.equal((await tryCommand(list, ['-L', join(dir.path, 'none'), '-c'])).exit, 67)
})
