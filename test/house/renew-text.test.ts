import assert from 'node:assert/strict'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scratchList, type ScratchList } from '../_list.ts'
import { command, debian, ours, run, start, withoutDebian } from '../_program.ts'

const languages = await readdir('texts')
const german = await filesIn('texts/de')

async function filesIn(dir: string): Promise<Record<string, string>> {
  const names = await readdir(dir).catch(() => [])
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const),
    ),
  )
}

/** A list as mlmmj's own make-ml makes it, with its texts of a language. */
async function madeByMlmmj(parent: ScratchList, language: string): Promise<string> {
  const spool = parent.path('spool')
  const { code, stderr } = await run(
    join(debian.bin, 'mlmmj-make-ml'),
    ['-L', 'talk', '-s', spool],
    {
      stdin: `example.org\nann@example.org\n${language}\n`,
    },
  )
  assert.equal(code, 0, stderr)
  return join(spool, 'talk')
}

test('renew-text is a program, and mlmmj-ts knows it', async () => {
  for (const args of [['renew-text'], ['mlmmj-ts', 'renew-text']]) {
    const [name = '', ...rest] = args
    const { code, stdout } = await command(ours, name, rest)
    assert.equal(code, 0)
    for (const language of languages) assert.match(stdout, new RegExp(`^  ${language} `, 'm'))
  }
  const help = await command(ours, 'renew-text', ['-h'])
  assert.match(help.stdout, /^Usage: renew-text /)
})

test('renew-text renews a list that mlmmj made', { skip: withoutDebian }, async () => {
  await using parent = await scratchList()
  for (const [args, language] of [
    [[], 'fr'],
    [['de'], 'de'],
  ] as const) {
    const dir = await madeByMlmmj(parent, 'fr')
    await writeFile(join(dir, 'text/faq'), 'mine\n')
    const { code, stdout, stderr } = await command(ours, 'renew-text', [dir, ...args])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /\tconfirm\tremoved: /)
    assert.match(stdout, /\tconfirm-sub\tadded\n/)
    const { faq, prologue, ...texts } = await filesIn(join(dir, 'text'))
    const { faq: shipped, ...wanted } = await filesIn(join('texts', language))
    assert.deepEqual(texts, wanted)
    assert.equal(faq, language === 'fr' ? 'mine\n' : shipped)
    assert.ok(prologue)
    await parent.remove('spool')
  }
})

test('renew-text completes what was killed, and loses nothing', async () => {
  const edited = Object.fromEntries(Object.keys(german).map((name) => [name, `my ${name}\n`]))
  for (const ms of [60, 75, 90, 110, 140]) {
    await using list = await scratchList()
    for (const [name, content] of Object.entries(edited)) await list.write(`text/${name}`, content)
    const { child, ended } = start(join(ours.bin, 'renew-text'), [list.dir, 'de'])
    await sleep(ms)
    child.kill('SIGKILL')
    await ended
    for (const [name, content] of Object.entries(await filesIn(list.path('text'))))
      assert.ok([german[name], edited[name]].includes(content), `${name} is neither old nor new`)
    const { code, stderr } = await command(ours, 'renew-text', [list.dir, 'de'])
    assert.equal(code, 0, stderr)
    assert.deepEqual(await filesIn(list.path('text')), german)
    const saved: string[] = []
    for (const folder of await list.names('text.old'))
      saved.push(...Object.values(await filesIn(list.path('text.old', folder))))
    for (const content of Object.values(edited)) assert.ok(saved.includes(content), content)
  }
})

test('a list without texts of its own speaks the language of the site', async () => {
  // Nobody listens there, so the mail stays in queue/.
  await using list = await scratchList({ subscribers: [], port: 1 })
  const args = ['-L', list.dir, '-a', 'ann@example.org', '-c']
  const env = { MLMMJ_LANGUAGE: 'de' }
  await command(ours, 'mlmmj-sub', args, { env })
  const [mail = ''] = (await list.names('queue')).filter((name) => name !== 'discarded')
  assert.match((await list.read(`queue/${mail}`)) ?? '', /^Subject: Willkommen /m)
  assert.deepEqual(await list.names('text'), [])
})

const root = process.geteuid?.() === 0

test(
  'renew-text as root becomes the owner of the list, and refuses lists of several owners',
  { skip: root ? false : 'only root can become somebody else' },
  async () => {
    const nobody = 65_534
    await using parent = await scratchList()
    await using one = await scratchList({ below: parent.dir, address: 'one@example.org' })
    await one.giveTo(nobody, nobody)
    await chmod(parent.path('..'), 0o755)
    const { code, stderr } = await command(ours, 'renew-text', [one.dir, 'de'])
    assert.equal(code, 0, stderr)
    assert.equal((await stat(one.path('text/help'))).uid, nobody)
    await using other = await scratchList({ below: parent.dir, address: 'other@example.org' })
    const all = await command(ours, 'renew-text', ['--all', 'de', '--spool', parent.dir])
    assert.equal(all.code, 77)
    assert.match(all.stderr, /belong to the users 0, 65534: name one list at a time/)
    assert.deepEqual(await other.names('text'), [])
  },
)
