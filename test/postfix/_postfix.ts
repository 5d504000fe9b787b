import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ours, run, type Ended, type RunOptions } from '../_program.ts'
import { deadPort, startSink } from '../_sink.ts'
import { pause, until } from '../_until.ts'

/** Why a test with a real Postfix cannot run here; false when it can. CI must have it. */
export const withoutPostfix: string | false =
  process.env['CI'] !== undefined
    ? false
    : !existsSync('/usr/sbin/postfix')
      ? 'Postfix is not installed (apt-get install postfix)'
      : process.getuid?.() !== 0
        ? 'only root can start Postfix'
        : false

/** Who runs our commands, as a mail system's own user would. */
export const listUser = { name: 'nobody', uid: 65534, gid: 65534 }

/** Debian's Postfix with a configuration, a queue and ports of its own. */
export interface Postfix {
  /** smtpd that knows our lists: what comes for lists.example.org goes into our program. */
  readonly inPort: number
  /** smtpd that takes mail from our lists to the world: everything goes on to the sink. */
  readonly outPort: number
  readonly configDir: string
  /** Lists belong here: talk@lists.example.org is expected at `talk`. */
  readonly listsDir: string
  readonly scratch: string
  log(): Promise<string>
  /** How many mails lie in its queue. */
  queued(): Promise<number>
  /** Tries again what it deferred until nothing is left. */
  flush(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

function mainCf(scratch: string, sinkPort: number): string {
  return `compatibility_level = 3.6
queue_directory = ${scratch}/queue
data_directory = ${scratch}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${scratch}/log/mail
maillog_file_prefixes = ${scratch}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_host_lookup = native
myhostname = mx.example.org
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_authorized_verp_clients = 127.0.0.0/8
smtpd_client_connection_count_limit = 0
relayhost = [127.0.0.1]:${sinkPort}
notify_classes =
minimal_backoff_time = 300s
recipient_delimiter = +
relay_domains = lists.example.org
transport_maps = inline:{ {talk@lists.example.org = mlmmj:talk} }
mlmmj_destination_recipient_limit = 1
`
}

/** Without chroot, so that nothing has to be copied into the queue directory. */
function masterCf(inPort: number, outPort: number, pipeCommand: string): string {
  return `127.0.0.1:${inPort} inet n - n - - smtpd
127.0.0.1:${outPort} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
mlmmj unix - n n - 10 pipe
  flags=DORhu user=${listUser.name} argv=${pipeCommand}
`
}

/**
 * Starts Postfix; `await using` stops it. What leaves it goes to the SMTP server on `sinkPort`.
 *
 * @param more lines for main.cf that come after ours
 */
export async function startPostfix(sinkPort: number, more = ''): Promise<Postfix> {
  const scratch = await mkdtemp(join(tmpdir(), 'mlmmj-postfix-'))
  const postfix = new PrivatePostfix(scratch, await deadPort(), await deadPort())
  try {
    await postfix.start(sinkPort, more)
    return postfix
  } catch (thrown) {
    await postfix[Symbol.asyncDispose]()
    throw thrown
  }
}

class PrivatePostfix implements Postfix {
  readonly scratch: string
  readonly inPort: number
  readonly outPort: number

  /** When a test run is broken off, nothing stays behind either. */
  readonly #stopNow = () => {
    spawnSync('/usr/sbin/postfix', ['-c', this.configDir, 'stop'])
    rmSync(this.scratch, { recursive: true, force: true, maxRetries: 5 })
  }

  constructor(scratch: string, inPort: number, outPort: number) {
    this.scratch = scratch
    this.inPort = inPort
    this.outPort = outPort
  }

  get configDir(): string {
    return join(this.scratch, 'etc')
  }

  get listsDir(): string {
    return join(this.scratch, 'lists')
  }

  async start(sinkPort: number, more: string): Promise<void> {
    for (const name of ['etc', 'queue', 'data', 'log', 'lists'])
      await mkdir(join(this.scratch, name))
    await chmod(this.scratch, 0o755)
    const { uid, gid } = await postfixUser()
    await chown(join(this.scratch, 'data'), uid, gid)
    const [main, master] = [join(this.configDir, 'main.cf'), join(this.configDir, 'master.cf')]
    await writeFile(main, mainCf(this.scratch, sinkPort) + more)
    await writeFile(master, masterCf(this.inPort, this.outPort, await this.#pipeCommand()))
    process.on('exit', this.#stopNow)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
    const { code, stderr, stdout } = await this.#run('/usr/sbin/postfix', ['start'])
    assert.equal(code, 0, `Postfix does not start: ${stdout}${stderr}`)
    await until(
      () => answers(this.inPort),
      20_000,
      () => `Postfix on port ${this.inPort}`,
    )
  }

  /** Our commands where the list's user can read them, however the checkout is protected. */
  async #pipeCommand(): Promise<string> {
    if (ours.name !== 'ours') return `${ours.bin}/mlmmj-receive -L ${this.listsDir}/$nexthop`
    const home = join(this.scratch, 'mlmmj-ts')
    for (const part of ['bin', 'dist', 'texts', 'package.json'])
      await cp(join(dirname(ours.bin), part), join(home, part), { recursive: true })
    // pipe(8) looks for `node` in /usr/bin and /bin alone; where it is elsewhere, it must be named.
    const node = existsSync('/usr/bin/node') ? '' : `${process.execPath} `
    return `${node}${home}/bin/mlmmj-receive -L ${this.listsDir}/$nexthop`
  }

  async log(): Promise<string> {
    return readFile(join(this.scratch, 'log', 'mail'), 'utf8')
  }

  async queued(): Promise<number> {
    const { stdout } = await this.#run('/usr/sbin/postqueue', ['-j'])
    return stdout.split('\n').filter((line) => line !== '').length
  }

  async flush(): Promise<void> {
    // A mail that is on its way into the deferred queue is not seen by the first call.
    await until(
      async () => {
        const { code, stderr } = await this.#run('/usr/sbin/postqueue', ['-f'])
        assert.equal(code, 0, stderr)
        await pause(200)
        return (await this.queued()) === 0
      },
      20_000,
      () => "an empty queue of Postfix's",
    )
  }

  #run(path: string, args: readonly string[]): Promise<Ended> {
    return run(path, ['-c', this.configDir, ...args], { ms: 60_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#stopNow)
    const master = Number(
      await readFile(join(this.scratch, 'queue', 'pid', 'master.pid'), 'utf8').catch(orNothing),
    )
    if (master > 0) {
      await this.#run('/usr/sbin/postfix', ['stop'])
      for (let tries = 0; isAlive(master); tries++) {
        if (tries === 100) process.kill(-master, 'SIGKILL')
        assert.ok(tries < 200, `Postfix (process ${master}) cannot be stopped`)
        await pause(50)
      }
    }
    await rm(this.scratch, { recursive: true, force: true, maxRetries: 5 })
  }
}

function orNothing(thrown: NodeJS.ErrnoException): string {
  if (thrown.code === 'ENOENT') return ''
  throw thrown
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw thrown
  }
}

async function postfixUser(): Promise<{ uid: number; gid: number }> {
  const line = /^postfix:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'latin1'))
  assert.ok(line, 'there is no user postfix')
  return { uid: Number(line[1]), gid: Number(line[2]) }
}

/** Whether a port is taken already. */
async function answers(port: number): Promise<boolean> {
  try {
    await (await startSink({}, port)).close()
    return false
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return true
    throw thrown
  }
}

/** Runs somebody's mail program. */
export async function send(
  path: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const ended = await run(path, args, { ms: 60_000, ...options })
  assert.deepEqual([ended.code, ended.signal], [0, null], `${path}: ${ended.stdout}${ended.stderr}`)
  return ended
}
