import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openHouse } from '../app.ts'
import { readConfig } from '../config.ts'
import { ownLanguageName } from './_languages.ts'
import { run } from './_run.ts'
import { tempDir, trialContext } from './_trial.ts'
import { renewText } from './renew-text.ts'

/** A spool with two lists, of which the second one has texts. */
async function scratch() {
  const dir = await tempDir()
  for (const name of ['talk', 'tea']) {
    await mkdir(join(dir.path, name, 'text'), { recursive: true })
    await mkdir(join(dir.path, name, 'control'))
    await writeFile(join(dir.path, name, 'control/listaddress'), `${name}@example.org\n`)
  }
  await writeFile(join(dir.path, 'tea/text/help'), 'mine\n')
  async function says(argv: readonly string[], isTerminal = false) {
    const { context, said } = trialContext()
    const house = openHouse({ ...readConfig({}), textsDir: join(process.cwd(), 'texts') })
    const stdout = Object.assign(context.stdout, { isTerminal })
    const exit = await run(renewText, argv, { ...context, house, stdout, spoolDir: dir.path })
    return { exit, ...said() }
  }
  return { path: dir.path, says, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() }
}

test('renew-text without arguments prints its usage and the languages', async () => {
  await using spool = await scratch()
  const { exit, stdout } = await spool.says([])
  assert.equal(exit, 0)
  assert.match(stdout, /^Usage: renew-text LIST LANG /)
  assert.match(stdout, /^ {2}de {4,}Deutsch$/m)
  assert.match(stdout, /^ {2}en {4,}English, used by lists/m)
})

test('ownLanguageName() is what speakers say', () => {
  assert.equal(ownLanguageName('gr'), 'Ελληνικά')
  assert.match(ownLanguageName('zh-cn') ?? '', /^中文/)
  for (const folder of ['formal_de', 'mytexts', 'qq'])
    assert.equal(ownLanguageName(folder), undefined)
})

test('renew-text switches a list by its name or by its directory', async () => {
  await using spool = await scratch()
  for (const [list, language] of [
    ['talk', 'de'],
    [join(spool.path, 'talk'), 'fr'],
  ] as const) {
    const { exit, stdout, stderr } = await spool.says([list, language])
    assert.equal(exit, 0, stderr)
    assert.match(stdout, new RegExp(`^${spool.path}/talk\thelp\t(added|replaced)$`, 'm'))
  }
  assert.equal((await spool.says(['talk'])).stdout, `${spool.path}/talk\t-\tup to date (fr)\n`)
})

test('renew-text tells where an edited text went, and on a terminal in columns', async () => {
  await using spool = await scratch()
  const dry = await spool.says(['tea', 'de', '--dry-run'], true)
  assert.match(dry.stdout, /^\S+tea {2}help {6,} {2}would be saved in text\.old and replaced/m)
  const { stdout } = await spool.says(['tea', 'de'])
  const [, folder = ''] = /\thelp\tsaved in text\.old\/(\S+) and replaced/.exec(stdout) ?? []
  assert.deepEqual(await readdir(join(spool.path, 'tea/text.old', folder)), ['help'])
})

test('renew-text --diff prints nothing but differences and changes nothing', async () => {
  await using spool = await scratch()
  const { stdout } = await spool.says(['tea', 'de', '--diff'])
  assert.match(stdout, /^--- .*\/tea\/text\/help\n\+\+\+ .*\n@@ .*\n-mine\n\+/m)
  assert.doesNotMatch(stdout, /replaced/)
  assert.deepEqual(await readdir(join(spool.path, 'tea/text')), ['help'])
  await writeFile(join(spool.path, 'tea/text/help'), 'clear\x1b[2J\n')
  assert.match((await spool.says(['tea', 'de', '--diff'], true)).stdout, /^-clear\?\[2J$/m)
})

test('renew-text --all serves every list, and --json tells of each in a line', async () => {
  await using spool = await scratch()
  const { exit, stdout } = await spool.says(['--all', 'de', '--json'])
  assert.equal(exit, 0)
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { list: string; texts: { name: string; fate: string }[] })
  assert.deepEqual(told.map(({ list }) => list).sort(), [
    join(spool.path, 'talk'),
    join(spool.path, 'tea'),
  ])
  const help = told.flatMap(({ texts }) => texts.filter(({ name }) => name === 'help'))
  assert.deepEqual(help.map(({ fate }) => fate).sort(), ['added', 'saved and replaced'])
  assert.match((await spool.says(['--all', 'xx'])).stderr, /no texts in "xx"; there are .*\bzh-cn/)
})

test('renew-text --all passes over lists that need a person or fail', async () => {
  await using spool = await scratch()
  await mkdir(join(spool.path, 'top/control'), { recursive: true })
  await writeFile(join(spool.path, 'top/control/listaddress'), 'top@example.org\n')
  await writeFile(join(spool.path, 'top/text'), 'no directory')
  const { exit, stdout, stderr } = await spool.says(['--all'])
  assert.equal(exit, 75)
  assert.match(stdout, /talk\t-\tit has no texts of its own and uses those of en\n/)
  assert.match(stdout, /tea\t-\tthe language of its texts is not known/)
  assert.match(stderr, /^renew-text: .*\/top: text cannot be used now \(ENOTDIR\)\n/)
  assert.match(stderr, /1 of 3 lists could not be renewed\n$/)
})

test('renew-text says what it cannot do', async () => {
  await using spool = await scratch()
  for (const [argv, exit, sentence] of [
    [['nobody', 'de'], 67, /there is no list in .*\/nobody/],
    [['talk', 'xx'], 64, /no texts in "xx"/],
    [['tea'], 78, /tea: the language of its texts is not known/],
  ] as const) {
    const said = await spool.says(argv)
    assert.equal(said.exit, exit)
    assert.match(said.stderr, sentence)
  }
})
