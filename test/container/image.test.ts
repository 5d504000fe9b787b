import assert from 'node:assert/strict'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { existsSync, lstatSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { until } from '../_until.ts'
import { composeRun, composeUp, healthy, type Composed } from './_compose.ts'
import { image, serviceRecipe, withoutImages, type Image } from './_images.ts'
import { commandsOf } from './_walk-through.ts'
import { openNetwork, type Container, type Network, type World } from './_network.ts'

const mail = `From: Ann <ann@example.org>
To: talk@lists.example.org
Subject: hello
Message-ID: <one@example.org>

The first one.
`

describe('the image', { skip: withoutImages }, () => {
  let service: Image
  before(async () => {
    service = await image(serviceRecipe)
  })

  test('runs as a numeric user that is not root, with a health check and no shell in between', () => {
    const { User, Entrypoint, Cmd, Healthcheck, StopSignal, Labels } = service.config
    assert.match(User ?? '', /^[1-9]\d*:[1-9]\d*$/)
    assert.deepEqual(Entrypoint, ['tini', '-s', '--'])
    assert.deepEqual(Cmd, ['mlmmj-listener'])
    assert.equal(Healthcheck?.Test[0], 'CMD')
    assert.equal(StopSignal, 'SIGTERM')
    assert.equal(Labels?.['org.opencontainers.image.licenses'], 'MIT')
  })

  test('has Node and no compiler, no npm, no sources', () => {
    const { rootDir } = service
    const has = (path: string) => existsSync(join(rootDir, path))
    assert.ok(has('usr/local/bin/node'))
    for (const name of ['npm', 'npx', 'yarn', 'corepack', 'gcc', 'cc', 'make', 'python3'])
      for (const bin of ['usr/local/bin', 'usr/bin'])
        assert.ok(!isThere(join(rootDir, bin, name)), `${bin}/${name}`)
    for (const path of ['src', 'usr/local/lib/node_modules', 'opt/mlmmj-ts/node_modules'])
      assert.ok(!has(path), path)
  })

  test('has every command of the package on its PATH', async () => {
    const { bin } = JSON.parse(await readFile('package.json', 'utf8')) as { bin: object }
    const path = service.config.Env.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? ''
    const found = await Promise.all(
      path.split(':').map((dir) => readdir(join(service.rootDir, dir)).catch(() => [])),
    )
    for (const name of Object.keys(bin)) assert.ok(found.flat().includes(name), name)
  })

  test('has no file that somebody else may write or that lends rights to a user of it', async () => {
    const home = join(service.rootDir, 'opt/mlmmj-ts')
    for (const name of await readdir(home, { recursive: true })) {
      const found = lstatSync(join(home, name))
      if (found.isSymbolicLink()) continue
      assert.equal(found.mode & 0o6022, 0, name)
      assert.equal(found.mode & 0o004, 0o004, `${name} can be read by any uid`)
    }
  })
})

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

for (const user of ['1000:1000', '54321:54322'])
  describe(`the container, as ${user}`, { skip: withoutImages }, () => {
    let projectDir: string
    let network: Network
    let world: World
    let composed: Composed
    let mlmmj: Container
    before(async () => {
      projectDir = await mkdtemp(join(tmpdir(), 'mlmmj-compose-'))
      network = await openNetwork()
      world = await network.world(25)
      composed = await composeUp(network, projectDir, { MLMMJ_USER: user })
      mlmmj = composed.container('mlmmj')
      await healthy(mlmmj)
    })
    after(async () => {
      await network?.[Symbol.asyncDispose]()
      await rm(projectDir, { recursive: true, force: true })
    })

    const command = async (...args: string[]) => {
      const ended = await mlmmj.exec(args)
      assert.deepEqual([ended.code, ended.stderr], [0, ''], args.join(' '))
      return ended.stdout
    }

    test('owns the directories that Docker made for root, and is nobody else anywhere', async () => {
      const [uid, gid] = user.split(':').map(Number)
      for (const name of ['spool', 'mlmmj_conf']) {
        const found = await stat(join(projectDir, name))
        assert.deepEqual([found.uid, found.gid], [uid, gid], name)
      }
      const status = await command('cat', '/proc/1/status')
      assert.match(status, new RegExp(`^Uid:(\\s+${uid}){4}$`, 'm'))
      assert.match(status, /^CapEff:\s+0+$/m)
      assert.match(status, /^Name:\s+tini$/m)
    })

    test('keeps its token to itself', async () => {
      const token = await stat(join(projectDir, 'mlmmj_conf/listener.token'))
      assert.equal(token.mode & 0o777, 0o600)
      assert.equal(token.uid, Number(user.split(':')[0]))
    })

    test('cannot write its own file system', async () => {
      const { code, stderr } = await mlmmj.exec(['touch', '/opt/mlmmj-ts/x'], { user: '0:0' })
      assert.equal(code, 1)
      assert.match(stderr, /Read-only file system/)
    })

    test('makes a list, takes members and a post', async () => {
      const made = ['-L', 'talk', '--domain', 'lists.example.org', '--owner', 'ann@example.org']
      await command('mlmmj-make-ml', ...made)
      await command('mlmmj-sub', '-L', '/var/spool/mlmmj/talk', '-a', 'joe@example.org')
      const listed = await command('mlmmj-list', '-L', '/var/spool/mlmmj/talk')
      assert.equal(listed, 'joe@example.org\n')
      const token = (await readFile(join(projectDir, 'mlmmj_conf/listener.token'), 'utf8')).trim()
      const post = `fetch('http://127.0.0.1:7777/lists/talk/messages?sender=ann@example.org', {
        method: 'POST',
        headers: { authorization: 'Bearer ${token}', 'content-type': 'message/rfc822' },
        body: ${JSON.stringify(mail)},
      }).then(async (answer) => console.log(answer.status, await answer.text()))`
      assert.match(
        await command('node', '-e', post),
        /^202 \{"id":"[0-9a-f]{8}","status":"2\.6\.0"\}$/m,
      )
      const archived = join(projectDir, 'spool/talk/archive/1')
      await until(() => existsSync(archived))
      assert.match(await readFile(archived, 'latin1'), /The first one\./)
    })

    test('takes a mail through mlmmj-receive, whose worker ends without a trace', async () => {
      const args = ['mlmmj-receive', '-L', '/var/spool/mlmmj/talk']
      const again = mail.replace('<one@', '<two@')
      const environment = { SENDER: 'ann@example.org' }
      const { code, stdout, stderr } = await mlmmj.exec(args, { stdin: again, environment })
      assert.deepEqual([code, stdout, stderr], [0, '', ''])
      await until(() => existsSync(join(projectDir, 'spool/talk/archive/2')))
      await until(
        async () => !/ Z /.test(await processes(mlmmj)),
        10_000,
        () => 'no zombies',
      )
    })

    test('sends it to the members through the machine that it runs on', async () => {
      const isForJoe = (sent: string) => /^X-Rcpt-Args: <joe@example.org>/m.test(sent)
      await until(async () => (await world.mails()).filter(isForJoe).length === 2)
    })

    test('is maintained', async () => {
      await command('mlmmj-maintd', '-F', '-d', '/var/spool/mlmmj')
    })

    test('finds nothing wrong with what it made', async () => {
      assert.equal(await command('mlmmj-doctor'), 'nothing is wrong\n')
    })

    test('ends within seconds of SIGTERM, having said so', async () => {
      const { code, took } = await stopped(mlmmj)
      assert.equal(code, 0, mlmmj.logs())
      assert.ok(took < 8_000, `${took} ms`)
      assert.match(mlmmj.logs(), /service-stopped/)
    })
  })

async function stopped(container: Container): Promise<{ code: number | null; took: number }> {
  const begun = Date.now()
  const { code } = await container.stop()
  return { code, took: Date.now() - begun }
}

/** The states of all processes in a container, one letter each. */
async function processes(container: Container): Promise<string> {
  const script = 'for p in /proc/[0-9]*/stat; do cat $p 2>/dev/null; done'
  const { stdout } = await container.exec(['sh', '-c', script])
  return stdout.replace(/^\d+ \(.*\) (\S) .*$/gm, ' $1 ')
}

describe('a volume that the container may not write', { skip: withoutImages }, () => {
  const { spoolDir, listener } = readConfig({})
  const inside = { spool: spoolDir, mlmmj_conf: listener.confDir }
  const troubles = [
    { what: 'of somebody else', uid: 4711, mode: 0o755, mend: 'chown 1000:1000' },
    { what: 'of a mode without w', uid: 1000, mode: 0o555, mend: 'chmod u+rwx' },
  ]
  for (const name of ['spool', 'mlmmj_conf'] as const)
    for (const { what, uid, mode, mend } of troubles)
      test(`${name}, ${what}: the start says which command mends it`, async () => {
        const projectDir = await mkdtemp(join(tmpdir(), 'mlmmj-compose-'))
        const network = await openNetwork()
        try {
          const dir = join(projectDir, name)
          await mkdir(dir)
          await chown(dir, uid, uid)
          await chmod(dir, mode)
          const composed = await composeUp(network, projectDir)
          const { code, stdout } = await composed.container('mlmmj').ended
          await composed.stop()
          assert.notEqual(code, 0)
          const [, told = ''] = /this mends it: (.*)$/m.exec(stdout) ?? []
          assert.equal(told, `${mend} ${inside[name]}`, stdout)
          // What it says is what helps, run as docs/deploy.md runs it.
          const { code: mended, stdout: why } = await composeRun(network, projectDir, {}, [
            ...(await mendingWords(told)),
          ])
          assert.equal(mended, 0, why)
          const found = await stat(dir)
          assert.deepEqual([found.uid, found.mode & 0o700], [1000, 0o700])
          await healthy((await composeUp(network, projectDir)).container('mlmmj'))
        } finally {
          await network[Symbol.asyncDispose]()
          await rm(projectDir, { recursive: true, force: true })
        }
      })
})

/** What docs/deploy.md types behind `docker compose run` to have this command done in there. */
async function mendingWords(command: string): Promise<readonly string[]> {
  const [program = '', ...args] = command.split(' ')
  const document = await readFile('docs/deploy.md', 'utf8')
  const [line = ''] = commandsOf(document, program === 'chown' ? 'owner' : 'mode')
  const [start = '', documented = ''] = line.split(` ${program} mlmmj `)
  // The document has the command for the spool.
  assert.equal(documented.replace(/ .*/, ''), args[0], line)
  assert.equal(documented.replace(/.* /, ''), readConfig({}).spoolDir)
  const [docker, compose, run, ...words] = start.split(' ')
  assert.deepEqual([docker, compose, run], ['docker', 'compose', 'run'])
  return [...words, program, 'mlmmj', ...args]
}
