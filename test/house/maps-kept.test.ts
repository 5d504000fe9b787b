import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { log } from '../../src/base/events.ts'
import { listTables } from '../../src/flows/list-tables.ts'
import { keepMaps } from '../../src/listener/maps.ts'
import { until } from '../_until.ts'

async function place() {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-kept-'))
  const [spoolDir, mapsDir] = [join(dir, 'spool'), join(dir, 'conf')]
  for (const each of [spoolDir, mapsDir]) await mkdir(each)
  const names = { dummyDomain: 'localhost.mlmmj', route: 'mlmmj:' }
  const tables = listTables({ spoolDir, ...names })
  const maps = keepMaps({ tables, mapsDir, ...names, quietMs: 5, againMs: 20 })
  const said: string[] = []
  const listen = (line: unknown) => void said.push(String(line))
  subscribe(log.name, listen)
  return {
    spoolDir,
    mapsDir,
    maps,
    said,
    async make(name: string, listaddress = `${name}@example.org\n`) {
      await mkdir(join(spoolDir, name, 'control'), { recursive: true })
      await writeFile(join(spoolDir, name, 'control', 'listaddress'), listaddress)
    },
    map: (name: string) => readFile(join(mapsDir, name), 'utf8').catch(() => ''),
    async [Symbol.asyncDispose]() {
      unsubscribe(log.name, listen)
      await maps.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

test('maps are written soon after a change, together for many changes', async () => {
  await using here = await place()
  await here.make('talk')
  await here.make('news')
  for (let n = 0; n < 100; n++) here.maps.changed()
  await until(async () => (await here.map('virtual')).includes('talk@example.org talk@'))
  assert.match(await here.map('transport.regexp'), /mlmmj:talk$/m)
  await rm(join(here.spoolDir, 'talk'), { recursive: true })
  here.maps.changed()
  await until(async () => !(await here.map('virtual')).includes('talk'))
})

test('maps stay when there is no list at all: the disk may not be mounted', async () => {
  await using here = await place()
  await here.maps.write()
  assert.match(await here.map('virtual'), /^# /)
  await here.make('talk')
  await here.maps.write()
  await rm(join(here.spoolDir, 'talk'), { recursive: true })
  await here.maps.write()
  assert.match(await here.map('virtual'), /talk@example\.org/)
})

test('maps that say the same already are left alone', async () => {
  await using here = await place()
  await here.make('talk')
  await here.maps.write()
  const { ino } = await stat(join(here.mapsDir, 'virtual'))
  await here.maps.write()
  assert.equal((await stat(join(here.mapsDir, 'virtual'))).ino, ino)
})

test('trouble keeps the old maps, is told, and is tried again', async () => {
  await using here = await place()
  await here.make('talk')
  await here.maps.write()
  await rename(here.spoolDir, `${here.spoolDir}.away`)
  await here.maps.write()
  assert.match(await here.map('virtual'), /talk@example\.org/)
  assert.match(here.said.join('\n'), /^maintenance-problem .*step="maps"/m)
  await rename(`${here.spoolDir}.away`, here.spoolDir)
  await here.make('news')
  await until(async () => (await here.map('virtual')).includes('news@example.org'))
})

test('what is left out of the maps is told once', async () => {
  await using here = await place()
  await here.make('talk', 'talk@example.org\n/odd/@example.org\n')
  for (let n = 0; n < 3; n++) await here.maps.write()
  const lines = here.said.filter((line) => line.startsWith('setting-ignored'))
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /list="talk" file="control\/listaddress"/)
  await here.make('talk')
  await here.maps.write()
  await here.make('talk', '/odd/@example.org\n')
  await here.maps.write()
  assert.ok(here.said.filter((line) => line.startsWith('setting-ignored')).length > 1)
})

test('nothing is written after close()', async () => {
  await using here = await place()
  here.maps.changed()
  await here.maps.close()
  here.maps.changed()
  await here.make('talk')
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal(await here.map('virtual'), '')
})
