import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDir, tryCommand } from '../../src/commands/_trial.ts'
import { postfix } from '../../src/commands/postfix.ts'

const skip =
  existsSync('/usr/sbin/postconf') || process.env['CI'] !== undefined
    ? false
    : 'Postfix is not installed (apt-get install postfix)'

/** As an administrator leaves it: comments, folded values, settings of others. */
const mainCf = `# my settings
compatibility_level = 3.6
queue_directory = /nonexistent

mydestination = localhost, example.org
virtual_alias_maps = inline:{ {boss@example.org = ann@example.org} },
   # in between
   inline:{ {info@example.org = joe@example.org} }
transport_maps=inline:{{example.net=discard:}}
# the end`
const masterCf = `# services
smtp      inet  n       -       y       -       -       smtpd
  -o smtpd_banner=hello
lmtp      unix  -       -       y       -       -       lmtp
`

async function configured() {
  const dir = await tempDir()
  const at = (name: string) => join(dir.path, name)
  const spool = at('spool')
  await mkdir(join(spool, 'talk', 'control'), { recursive: true })
  await writeFile(join(spool, 'talk', 'control', 'listaddress'), 'talk@example.org\n')
  await writeFile(at('main.cf'), mainCf)
  await writeFile(at('master.cf'), masterCf)
  /** postconf waits until a file that has just been written is a second old. */
  const settle = async () => {
    for (const name of ['main.cf', 'master.cf']) await utimes(at(name), 1e9, 1e9)
  }
  await settle()
  const files = async () =>
    await Promise.all(['main.cf', 'master.cf'].map((name) => readFile(at(name), 'latin1')))
  return {
    at,
    files,
    async does(...argv: string[]) {
      const where = ['--config', dir.path, '--spool', spool, '--maps', at('maps')]
      const said = await tryCommand(postfix, [...where, ...argv])
      await settle()
      return said
    },
    postconf: (...args: string[]) =>
      execFileSync('/usr/sbin/postconf', ['-c', dir.path, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim(),
    query: (key: string, table: string) => {
      try {
        return execFileSync('/usr/sbin/postmap', ['-c', dir.path, '-q', key, table], {
          encoding: 'utf8',
        }).trim()
      } catch {
        return undefined
      }
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  }
}

const variants = ['lmtp', 'pipe'].flatMap((mode) =>
  ['socketmap', 'maps'].map((lookup) => ['--mode', mode, '--lookup', lookup]),
)

for (const variant of variants)
  test(
    `postfix applies ${variant.join(' ')} once and undoes it to the byte`,
    { skip },
    async () => {
      await using config = await configured()
      const before = await config.files()
      const asked = [...variant, '--domains', 'lists.example.org']

      const plan = await config.does('--plan', ...asked)
      assert.deepEqual([plan.exit, plan.stderr], [0, ''])
      assert.deepEqual(await config.files(), before, 'a plan changes nothing')

      const made = await config.does('--apply', ...asked)
      assert.deepEqual([made.exit, made.stderr], [0, ''])
      const after = await config.files()
      assert.notDeepEqual(after, before)
      const maps = config.postconf('-h', 'virtual_alias_maps')
      assert.match(maps, /boss@example\.org.*info@example\.org/)
      assert.match(
        config.postconf('-h', 'transport_maps'),
        /^inline:\{\{example\.net=discard:\}\}, /,
      )
      assert.equal(
        config.postconf('-h', 'virtual_alias_domains'),
        '$virtual_alias_maps, lists.example.org',
      )

      const again = await config.does('--apply', ...asked)
      assert.match(again.stdout, /# Nothing is to be done\.\n$/)
      assert.deepEqual(await config.files(), after)

      assert.equal((await config.does('--undo')).exit, 0)
      assert.deepEqual(await config.files(), before)
      assert.deepEqual((await readdir(config.at('.'))).sort(), ['main.cf', 'master.cf', 'spool'])
      assert.match((await config.does('--undo')).stdout, /nothing to undo/)
    },
  )

test('postfix plans commands that a shell could run, with reasons', { skip }, async () => {
  await using config = await configured()
  const { stdout } = await config.does('--plan', '--domains', 'lists.example.org')
  execFileSync('/bin/sh', ['-e'], {
    input: stdout.replace(/^postfix -c .*$/m, ''),
    env: { PATH: '/usr/sbin:/usr/bin:/bin' },
  })
  const planned = await config.files()
  await using other = await configured()
  await other.does('--apply', '--domains', 'lists.example.org')
  assert.deepEqual(await other.files(), planned)
  for (const line of stdout.split('\n')) assert.match(line, /^(# .|postconf |postfix |echo >> |$)/)
  assert.match(stdout, /# until now: not set\npostconf -c \S+ -e 'virtual_alias_domains=/)
  assert.match(stdout, /# as it should be already: lmtp\/unix/)
})

test('postfix with another wish takes back what the first one added', { skip }, async () => {
  await using config = await configured()
  const before = await config.files()
  await config.does('--apply', '--mode', 'pipe')
  assert.match(config.postconf('-M', 'mlmmj/unix'), /null_sender= argv=/)
  await config.does('--apply', '--domains', 'lists.example.org')
  assert.equal(config.postconf('-M', 'mlmmj/unix'), '')
  assert.equal(config.postconf('-h', 'virtual_alias_maps').match(/mlmmj|socketmap/g)?.length, 1)
  const { stdout } = await config.does('--plan', '--domains', 'lists.example.org')
  assert.match(stdout, /Nothing is to be done/)
  await config.does('--undo')
  assert.deepEqual(await config.files(), before)
})

test('postfix undoes around what somebody has changed since', { skip }, async () => {
  await using config = await configured()
  await config.does('--apply', '--domains', 'lists.example.org', '--mode', 'pipe')
  const maps = config.postconf('-h', 'virtual_alias_maps')
  config.postconf('-e', `virtual_alias_maps=${maps}, inline:{{x@example.org=y@example.org}}`)
  config.postconf('-e', 'mlmmj_destination_recipient_limit=7')
  await appendFile(config.at('master.cf'), 'mine unix - - n - - discard\n')
  await config.does('--undo')
  assert.equal(
    config.postconf('-h', 'virtual_alias_maps'),
    'inline:{ {boss@example.org = ann@example.org} }, inline:{ {info@example.org = joe@example.org} }, ' +
      'inline:{{x@example.org=y@example.org}}',
  )
  assert.equal(config.postconf('-n', 'virtual_alias_domains'), '')
  assert.equal(config.postconf('-h', 'transport_maps'), 'inline:{{example.net=discard:}}')
  const [main = '', master] = await config.files()
  assert.match(main, /^mlmmj_destination_recipient_limit = 7$/m)
  assert.equal(master, `${masterCf}mine unix - - n - - discard\n`)
})

test('the tables of postfix are found by Postfix', { skip }, async () => {
  await using config = await configured()
  await config.does('--apply')
  const [, table = ''] =
    /(inline:\{\{localhost.*)$/.exec(config.postconf('-h', 'transport_maps')) ?? []
  assert.equal(config.query('localhost.mlmmj', table), 'lmtp:inet:127.0.0.1:8024')
  assert.equal(config.query('.localhost.mlmmj', table), 'lmtp:inet:127.0.0.1:8024')
  const maps = config.postconf('-xh', 'virtual_alias_maps')
  const [pipemap = ''] = /pipemap:.*$/.exec(maps) ?? []
  // Nobody listens on that port, so only an address that is not asked for has an answer at all.
  assert.equal(config.query('joe@example.com', pipemap), undefined)
  assert.match(pipemap, /\^\(\.\+@\(example\\\.org\)\)\$\/ \$\{1\}/)
})

test('postfix keeps the mode of main.cf, and its note for itself', { skip }, async () => {
  await using config = await configured()
  await chmod(config.at('main.cf'), 0o640)
  await config.does('--apply')
  assert.equal((await stat(config.at('mlmmj-postfix.undo.json'))).mode & 0o777, 0o600)
  await config.does('--undo')
  assert.equal((await stat(config.at('main.cf'))).mode & 0o777, 0o640)
})

test('postfix prints JSON', { skip }, async () => {
  await using config = await configured()
  const plan = JSON.parse((await config.does('--json')).stdout) as Record<string, unknown[]>
  assert.deepEqual(Object.keys(plan).sort(), ['edits', 'notes', 'settings', 'unended'])
  assert.deepEqual(JSON.parse((await config.does('--undo', '--json')).stdout), { edits: [] })
})

test(
  'postfix faults where there is no Postfix configuration, or a note it did not write',
  { skip },
  async () => {
    await using config = await configured()
    await writeFile(config.at('mlmmj-postfix.undo.json'), '{}')
    const { exit, stderr } = await config.does('--undo')
    assert.equal(exit, 78)
    assert.match(stderr, /undo\.json/)
    const none = await tryCommand(postfix, [
      '--config',
      config.at('none'),
      '--domains',
      'example.org',
    ])
    assert.notEqual(none.exit, 0)
    assert.deepEqual(await config.files(), [mainCf, masterCf])
  },
)
