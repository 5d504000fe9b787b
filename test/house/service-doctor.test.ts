import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { tempDir, tryCommand } from '../../src/commands/_trial.ts'
import { doctor } from '../../src/commands/doctor.ts'
import { maintd } from '../../src/commands/maintd.ts'

test('a list in order has nothing wrong with it', async () => {
  await using list = await scratchList()
  const said = await tryCommand(doctor, ['-L', list.dir])
  assert.deepEqual(said, { exit: 0, stdout: 'nothing is wrong\n', stderr: '' })
})

test('what has no effect is named, with the likely name', async () => {
  await using list = await scratchList({
    control: {
      footr: 'bye\n',
      maxmailsize: 'ten\n',
      tocc: 'no\n',
      nosubmodmails: '',
      prefix: '',
    },
  })
  const { exit, stdout, stderr } = await tryCommand(doctor, [list.dir])
  assert.equal(exit, 78)
  assert.match(stderr, /5 things to look at/)
  const lines = stdout.split('\n').filter((line) => line !== '')
  assert.equal(lines.length, 5)
  assert.match(stdout, /control\/footr is no control file that has an effect; footer may be meant/)
  assert.match(stdout, /control\/maxmailsize "ten" is no whole number/)
  assert.match(stdout, /control\/tocc holds "no" but counts as set/)
  assert.match(stdout, /control\/nosubmodmails has no effect without submod/)
  assert.match(stdout, /control\/prefix is empty and has no effect/)
})

test('what a killed service left is named until it is brought on', async () => {
  await using list = await scratchList()
  await list.write('.mlmmj-ts/journal/1/1', '')
  const said = await tryCommand(doctor, ['-L', list.dir])
  assert.equal(said.exit, 78)
  const lines = said.stdout.split('\n')
  assert.match(lines[0] ?? '', /: \.mlmmj-ts may hold mails .*; this brings them into incoming\/:$/)
  assert.equal(lines[1], `    mlmmj-maintd -F -L ${list.dir}`)
  assert.equal((await tryCommand(maintd, ['-F', '-L', list.dir])).exit, 0)
  assert.equal((await tryCommand(doctor, ['-L', list.dir])).stdout, 'nothing is wrong\n')
})

test('all lists of a spool are looked at, and JSON can be had', async () => {
  await using spool = await tempDir()
  await mkdir(join(spool.path, 'example.net'))
  await scratchList({ below: spool.path, address: 'one@example.org' })
  await scratchList({
    below: join(spool.path, 'example.net'),
    address: 'two@example.net',
    control: { moderator: 'ann@example.org\n' },
  })
  const { exit, stdout } = await tryCommand(doctor, ['--json', '-d', spool.path])
  assert.equal(exit, 78)
  assert.deepEqual(JSON.parse(stdout), [
    {
      list: join(spool.path, 'example.net', 'two'),
      path: 'control/moderator',
      why: 'is no control file that has an effect; moderators may be meant',
    },
  ])
})

test('a shelf that is missing is told with the command that makes it', async () => {
  await using list = await scratchList()
  await rm(list.path('queue'), { recursive: true })
  const { exit, stdout } = await tryCommand(doctor, ['-L', list.dir])
  assert.equal(exit, 78)
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()]
  assert.ok(
    stdout.includes(
      `queue is not there\n    install -d -m 755 -o ${uid} -g ${gid} ${list.path('queue')}\n`,
    ),
    stdout,
  )
})
