import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Ended } from '../_program.ts'
import { until } from '../_until.ts'
import { composeRun, composeUp, type Composed } from './_compose.ts'
import {
  buildScripts,
  debianRecipe,
  image,
  npmCacheDir,
  serviceRecipe,
  withoutImages,
} from './_images.ts'
import { openNetwork, type Container, type Network, type World } from './_network.ts'
import { blocksOf, commandsOf } from './_walk-through.ts'

/** The checkout, where the walk-throughs have it on their machine. */
const home = '/opt/mlmmj-ts'

/** A Debian with a Postfix, a copy of the checkout, and commands as a person types them. */
class Machine {
  readonly #network: Network
  readonly #host: Container
  readonly projectDir: string
  readonly world: World
  #composed: Composed | undefined

  private constructor(network: Network, host: Container, projectDir: string, world: World) {
    this.#network = network
    this.#host = host
    this.projectDir = projectDir
    this.world = world
  }

  static async open(): Promise<Machine> {
    const projectDir = await mkdtemp(join(tmpdir(), 'mlmmj-deploy-'))
    await chmod(projectDir, 0o755)
    const network = await openNetwork()
    for (const name of ['bin', 'src', 'postfix', 'texts', 'docs', 'docker', 'systemd'])
      await cp(name, join(projectDir, name), { recursive: true })
    await mkdir(join(projectDir, 'scripts'))
    const files = ['package.json', 'package-lock.json', ...buildScripts]
    for (const name of files) await copyFile(name, join(projectDir, name))
    // Also fills the cache from which the machine's npm takes what it installs.
    const service = await image(serviceRecipe)
    const host = await network.startOnHost({
      image: await image(debianRecipe),
      command: ['sleep', 'infinity'],
      volumes: [
        { from: projectDir, to: home },
        { from: await npmCacheDir(), to: '/root/.npm' },
        { from: join(service.rootDir, 'opt/mlmmj-ts'), to: `${home}/programs`, readOnly: true },
      ],
    })
    const machine = new Machine(network, host, projectDir, await network.world(2525))
    // The only thing that is otherwise than on a real machine: where the world is.
    await machine.shell('postconf -e "relayhost = [127.0.0.1]:2525" "inet_protocols = ipv4"')
    await machine.shell('postconf -e maillog_file=/var/log/mail.log && postfix start')
    return machine
  }

  /** Runs a line of a document. `docker compose` is done by `_compose.ts`, the rest by a shell. */
  async type(line: string): Promise<string> {
    const [docker, compose, verb, ...words] = line.split(/\s+/)
    if (`${docker} ${compose}` !== 'docker compose') return await this.shell(line)
    const env = await this.#dotEnv()
    if (verb === 'up') {
      assert.deepEqual(words, ['-d'])
      this.#composed = await composeUp(this.#network, this.projectDir, env)
      // Who types the next line is slower than we are.
      await this.#composed.healthy()
      return ''
    }
    if (verb === 'run')
      return passed(line, await composeRun(this.#network, this.projectDir, env, words))
    const composed = this.#composed
    assert.ok(composed, 'docker compose up -d comes first')
    if (verb === 'logs') return words.map((name) => composed.container(name).logs()).join('')
    assert.equal(verb, 'exec', line)
    const [service = '', ...args] = words
    return passed(line, await composed.container(service).exec(args))
  }

  /** How a service ends that cannot start. */
  async firstWords(service: string): Promise<Ended> {
    this.#composed = await composeUp(this.#network, this.projectDir, await this.#dotEnv())
    return await this.#composed.container(service).ended
  }

  async shell(line: string): Promise<string> {
    const args = ['timeout', '240', '/bin/sh', '-ec', `cd ${home} && ${line}`]
    const environment = { npm_config_offline: 'true' }
    return passed(line, await this.#host.exec(args, { environment, ms: 300_000 }))
  }

  /** What a walk-through promises at its end. */
  async promises(): Promise<void> {
    await until(
      async () => (await this.world.mails()).some((mail) => this.#isThePost(mail)),
      20_000,
      () => 'the post at joe@example.net',
    ).catch(async (thrown: Error) => {
      const logs = await this.shell('cat /var/log/mail.log /var/log/mlmmj-listener.log || true')
      const more = this.#composed?.container('mlmmj').logs() ?? ''
      assert.fail(`${thrown.message}\n${logs}\n${more}`)
    })
  }

  #isThePost(mail: string): boolean {
    return /^X-Rcpt-Args: <joe@example\.net>/m.test(mail) && mail.includes('The first post.')
  }

  async #dotEnv(): Promise<Record<string, string>> {
    const path = join(this.projectDir, '.env')
    const text = existsSync(path) ? await readFile(path, 'utf8') : ''
    return Object.fromEntries(
      [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell('postfix stop || true')
    await this.#network[Symbol.asyncDispose]()
    await rm(this.projectDir, { recursive: true, force: true })
  }
}

function passed(line: string, { code, stdout, stderr }: Ended): string {
  assert.equal(code, 0, `${line}\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`)
  return stdout
}

describe('docs/deploy.md, followed to the letter', { skip: withoutImages }, () => {
  test('says of each block of commands whether it is tested here', async () => {
    assert.ok(blocksOf(await readFile('docs/deploy.md', 'utf8')).length > 8)
  })

  test('Docker, beside a Postfix: the first post arrives', async () => {
    await using machine = await Machine.open()
    const document = await readFile('docs/deploy.md', 'utf8')
    for (const line of commandsOf(document, 'beside')) await machine.type(line)
    await machine.promises()
    assert.match(await machine.type('docker compose logs mlmmj'), /post-accepted/)
    // What the document has Postfix do is what our own command wants.
    const plan = await machine.shell(
      'programs/bin/mlmmj-postfix --plan --domains lists.example.org',
    )
    assert.match(plan, /Nothing is to be done/)
  })

  test('Docker, with a Postfix: the first post arrives', async () => {
    await using machine = await Machine.open()
    const document = await readFile('docs/deploy.md', 'utf8')
    // Port 25 must be free.
    await machine.shell('postfix stop')
    const [copy = '', ...lines] = commandsOf(document, 'with')
    await machine.type(copy)
    const settings = ['RELAYHOST=[172.30.77.1]:2525', 'POSTMASTER=mary@example.net', '']
    await appendFile(join(machine.projectDir, '.env'), settings.join('\n'))
    await mkdir(join(machine.projectDir, 'postfix_conf'))
    const ours = '# a comment\n\nsmtpd_banner = our own greeting\n'
    await writeFile(join(machine.projectDir, 'postfix_conf/main.cf'), ours)
    for (const line of lines) await machine.type(line)
    await machine.promises()

    const banner = await machine.type('docker compose exec postfix postconf -h smtpd_banner')
    assert.equal(banner, 'our own greeting\n')
    const send = (to: string) =>
      machine.shell(
        'curl --silent --show-error --upload-file hello.eml --crlf smtp://127.0.0.1/x.example.net ' +
          `--mail-from joe@example.net --mail-rcpt ${to} 2>&1 || true`,
      )
    // As the world comes to us: from an address that looks private.
    assert.match(await send('stranger@example.com'), /RCPT failed: 554/)
    assert.match(await send('nobody@lists.example.org'), /RCPT failed: 550/)
    assert.equal(await send('postmaster@lists.example.org'), '')
    await until(async () =>
      (await machine.world.mails()).some((mail) => /^X-Rcpt-Args: <mary@example\.net>/m.test(mail)),
    )
  })

  test('Docker, with a Postfix that has no name: it says what to write where', async () => {
    await using machine = await Machine.open()
    await machine.shell('postfix stop')
    await appendFile(join(machine.projectDir, '.env'), 'COMPOSE_PROFILES=with-postfix\n')
    const { code, stdout } = await machine.firstWords('postfix')
    assert.equal(code, 78)
    assert.match(stdout, /put MAIL_HOST=mail\.example\.org into \.env/)
  })

  test('Debian, without Docker: the first post arrives', async () => {
    await using machine = await Machine.open()
    const document = await readFile('docs/deploy.md', 'utf8')
    for (const line of commandsOf(document, 'debian')) await machine.type(line)
    await machine.promises()
    await machine.shell('systemd-analyze verify /etc/systemd/system/mlmmj-listener.service')
    const unit = '/etc/systemd/system/mlmmj-listener.service'
    const score = 'systemd-analyze security --no-pager --offline=true --threshold=25'
    await machine.shell(`${score} ${unit}`)
  })
})
