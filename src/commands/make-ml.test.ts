import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMl } from './make-ml.ts'
import { tempDir, tryCommand } from './_trial.ts'

const given = ['-L', 'talk', '-d', 'example.org', '--owner', 'ann@example.org']

async function spool() {
  const dir = await tempDir()
  return {
    path: dir.path,
    make: (argv: readonly string[], input?: string) =>
      tryCommand(makeMl, ['-s', dir.path, ...argv], input),
    read: (path: string) => readFile(join(dir.path, path), 'latin1'),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  }
}

test('make-ml makes a whole list without a question when it was told enough', async () => {
  await using dir = await spool()
  const { make, read, path } = dir
  const said = await make(given)
  assert.equal(said.exit, 0, said.stderr)
  assert.doesNotMatch(said.stdout, /\]: /)
  const dirs = 'archive bounce control digesters.d incoming index moderation nomailsubs.d queue'
  assert.deepEqual(
    (await readdir(join(path, 'talk'))).sort(),
    `${dirs} requeue subconf subscribers.d text unsubconf`.split(' '),
  )
  assert.ok((await stat(join(path, 'talk/queue/discarded'))).isDirectory())
  assert.equal(await read('talk/control/listaddress'), 'talk@example.org\n')
  assert.equal(await read('talk/control/owner'), 'ann@example.org\n')
  assert.equal(await read('talk/index'), '')
  assert.deepEqual(await readdir(join(path, 'talk/text')), [])
  assert.ok(said.stdout.includes(`\ntalk:  "|/opt/mlmmj/bin/mlmmj-receive -L ${path}/talk/"\n`))
  assert.ok(said.stdout.includes(`\n0 */2 * * * /opt/mlmmj/bin/mlmmj-maintd -F -L ${path}/talk/\n`))
})

test('make-ml run again changes nothing, and --force rewrites', async () => {
  await using dir = await spool()
  const { make, read, path } = dir
  await make(given)
  await writeFile(join(path, 'talk/control/prefix'), '[talk]\n')
  const again = await make(given)
  assert.equal(again.exit, 0)
  assert.match(again.stdout, /was there already; nothing was changed/)
  const other = [...given, '--owner', 'joe@example.org']
  const refused = await make(other)
  assert.equal(refused.exit, 73)
  assert.equal(await read('talk/control/owner'), 'ann@example.org\n')
  assert.equal((await make([...other, '--force'])).exit, 0)
  assert.equal(await read('talk/control/owner'), 'joe@example.org\n')
  assert.equal(await read('talk/control/prefix'), '[talk]\n')
  assert.deepEqual((await readdir(path)).sort(), ['talk'])
})

test('make-ml asks as mlmmj 1.3 does: name, domain, owner, texts', async () => {
  await using dir = await spool()
  const { make, read, path } = dir
  await mkdir(join(path, 'texts'))
  await writeFile(join(path, 'texts/help'), 'Subject: help\n\nhelp\n')
  const said = await make([], `talk\nexample.org\nann@example.org\n${path}/texts\n`)
  assert.equal(said.exit, 0, said.stderr)
  assert.equal(said.stdout.match(/\]: /g)?.length, 4)
  assert.equal(await read('talk/control/listaddress'), 'talk@example.org\n')
  assert.equal(await read('talk/text/help'), 'Subject: help\n\nhelp\n')
})

test('make-ml takes defaults at the end of the answers', async () => {
  await using dir = await spool()
  const { make, read } = dir
  assert.equal((await make([])).exit, 0)
  const address = await read('mlmmj-test/control/listaddress')
  assert.ok(address.startsWith(`mlmmj-test@${hostname().split('.')[0]}`))
  assert.equal(await read('mlmmj-test/control/owner'), `postmaster@${address.split('@')[1]}`)
})

test('make-ml asks about -a and -c like 1.3, and a "no" ends both', async () => {
  await using dir = await spool()
  const { make, read, path } = dir
  const aliases = join(path, 'aliases')
  const argv = ['-a', '-c', 'no-such-user', '--aliases-file', aliases]
  await make(argv, 'talk\nexample.org\nann@example.org\n\ny\nn\n')
  assert.match(await read('aliases'), /^talk: {2}"\|.*"\n$/)
  const said = await make(argv, 'other\nexample.org\nann@example.org\n\nn\n')
  assert.equal(said.exit, 0, said.stderr)
  assert.doesNotMatch(await read('aliases'), /other/)
})

test('make-ml adds lines to the system once, with a user in the crontab', async () => {
  await using dir = await spool()
  const { make, read, path } = dir
  await writeFile(join(path, 'aliases'), 'root: ann')
  const files = ['--aliases-file', join(path, 'aliases'), '--crontab-file', join(path, 'crontab')]
  for (const _ of [1, 2]) assert.equal((await make([...given, '-a', '-b', ...files])).exit, 0)
  assert.match(await read('aliases'), /^root: ann\ntalk: {2}"\|[^\n]*\n$/)
  assert.match(await read('crontab'), /^0 \*\/2 \* \* \* \S+ \S+mlmmj-maintd -F -L [^\n]*\n$/)
})

test('make-ml reads an answer file of 1.5, flags win, and writes one', async () => {
  await using dir = await spool()
  const { make, read, path } = dir
  const file = join(path, 'answers')
  const answers = `SPOOLDIR='/nowhere'\nLISTNAME='talk'\nFQDN='example.org'\nOWNER='ann@example.org'\n`
  await writeFile(file, answers)
  const said = await make(['-f', file, '-L', 'other'])
  assert.equal(said.exit, 0, said.stderr)
  assert.equal(await read('other/control/listaddress'), 'other@example.org\n')
  await make(['-f', file, '-n', join(path, 'saved')])
  assert.match(await read('saved'), /^SPOOLDIR='.*'\nLISTNAME='talk'\n/)
  assert.deepEqual((await readdir(path)).sort(), ['answers', 'other', 'saved'])
  assert.equal((await make(['-f', join(path, 'missing')])).exit, 66)
})

test('make-ml prints one JSON object', async () => {
  await using dir = await spool()
  const { make, path } = dir
  const { stdout } = await make([...given, '--json'])
  const made = JSON.parse(stdout) as Record<string, unknown>
  assert.equal(made['result'], 'made')
  assert.equal(made['dir'], join(path, 'talk'))
  assert.equal(made['address'], 'talk@example.org')
})

test('make-ml refuses unsafe names, and leaves nothing', async () => {
  await using dir = await spool()
  const { make, path } = dir
  for (const name of [
    '..',
    '../talk',
    '/etc/talk',
    '.talk',
    'a+b',
    'a b',
    'a\nb',
    'ä',
    '',
    '$(id)',
  ]) {
    const said = await make([...given, '-L', name])
    assert.equal(said.exit, 64, name)
  }
  assert.equal((await make([...given, '-d', 'no domain'])).exit, 64)
  assert.equal((await make([...given, '--owner', 'a b@example.org'])).exit, 64)
  assert.deepEqual(await readdir(path), [])
})

test('make-ml goes on when there are no such texts, and leaves nothing when chown fails', async () => {
  await using dir = await spool()
  const { make, path } = dir
  const said = await make([...given, '-t', 'klingon'])
  assert.equal(said.exit, 0)
  assert.match(said.stderr, /klingon/)
  const failed = await make([...given, '-L', 'other', '-c', 'no such user'])
  assert.equal(failed.exit, 77)
  assert.deepEqual(await readdir(path), ['talk'])
})

test('make-ml -z does nothing and says so', async () => {
  await using dir = await spool()
  const { make, path } = dir
  assert.equal((await make(['-z'])).stdout, 'nothing')
  assert.deepEqual(await readdir(path), [])
})

test('make-ml leaves alone what is in its way', async () => {
  await using dir = await spool()
  const { make, path } = dir
  await mkdir(join(path, 'talk'))
  await writeFile(join(path, 'talk/notes'), 'mine')
  const said = await make(given)
  assert.equal(said.exit, 73)
  assert.match(said.stderr, /no complete list/)
  assert.equal((await make([...given, '--force'])).exit, 0)
  assert.ok((await readdir(join(path, 'talk'))).includes('notes'))
})
