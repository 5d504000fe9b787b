import assert from 'node:assert/strict'
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { run, type Ended } from '../_program.ts'
import { until } from '../_until.ts'
import { mustRun, type Image } from './_images.ts'

/** How a container is run; the names are those of a compose file. */
export interface Launch {
  readonly image: Image
  /** `uid:gid`, numbers. */
  readonly user?: string | undefined
  readonly environment?: Readonly<Record<string, string>>
  readonly entrypoint?: readonly string[] | undefined
  readonly command?: readonly string[] | undefined
  readonly readOnly?: boolean
  readonly tmpfs?: readonly string[]
  readonly volumes?: readonly Volume[]
  /** Of root: all but these are dropped. Undefined keeps all. */
  readonly capabilities?: readonly string[] | undefined
}

export interface Volume {
  readonly from: string
  readonly to: string
  readonly readOnly?: boolean
}

/** A process tree in namespaces of its own, as a Docker engine would start it. */
export interface Container {
  /** Its process 1, as this machine counts. */
  readonly pid: number
  readonly image: Image
  readonly rootDir: string
  logs(): string
  /** `docker exec` */
  exec(args: readonly string[], options?: ExecOptions): Promise<Ended>
  /** `docker stop`, without the patience. */
  stop(): Promise<Ended>
  readonly ended: Promise<Ended>
}

export interface ExecOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly user?: string
  readonly stdin?: string
  readonly ms?: number
}

/**
 * A machine and the network of its containers, apart from everything else. All containers share one
 * address, and what they publish is handed on from the machine's loopback.
 */
export interface Network {
  start(launch: Launch): Promise<Container>
  /** Starts it where the machine is, not in the containers' network. */
  startOnHost(launch: Launch): Promise<Container>
  /**
   * `ports:` of a compose file: what comes to an address of the machine goes to the containers.
   *
   * @returns what ends it.
   */
  publish(address: string, hostPort: number, port: number): Promise<() => Promise<void>>
  /** The rest of the world: a mail server on the machine that keeps what it is given. */
  world(port: number): Promise<World>
  [Symbol.asyncDispose](): Promise<void>
}

export interface World {
  /** Everything that was sent there, each with its envelope in `X-` fields at its top. */
  mails(): Promise<readonly string[]>
}

/** The machine, as its containers see it, and the containers, as the machine sees them. */
const [machine, containers] = ['172.30.77.1', '172.30.77.2']

/** What Docker's proxy does. Arguments: address, port, and where it leads to. */
const handOn = `
const net = require('node:net')
const [address, from, host, port] = process.argv.slice(1)
net.createServer({ allowHalfOpen: true }, (socket) => {
  const onward = net.connect({ host, port: Number(port), allowHalfOpen: true })
  socket.pipe(onward).pipe(socket)
  for (const side of [socket, onward])
    side.on('error', () => { socket.destroy(); onward.destroy() })
}).listen(Number(from), address, () => console.log('open'))
`

/** Mounts what a container sees, and becomes its first process. Arguments: see `start` below. */
const enter = `
set -e
image=$1 layers=$2 readonly=$3 hosts=$4; shift 4
root=$layers/root
mount --make-rprivate /
echo mlmmj >/proc/sys/kernel/hostname
mount -t tmpfs -o mode=755 tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$root"
mount -t overlay -o "lowerdir=$image,upperdir=$layers/upper,workdir=$layers/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom tty; do
  : >"$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mkdir -p "$root/dev/shm"
mount --bind "$hosts" "$root/etc/hosts"
while [ "$1" != -- ]; do
  [ -d "$root$2" ] || mkdir -p "$root$2"
  case $1 in
    tmpfs) mount -t tmpfs -o mode=1777 tmpfs "$root$2" ;;
    rw) mount --bind "$3" "$root$2" ;;
    ro) mount --bind "$3" "$root$2"; mount -o remount,bind,ro "$root$2" ;;
  esac
  shift 3
done
shift
[ "$readonly" = no ] || mount -o remount,ro "$root"
exec chroot "$root" "$@"
`

export async function openNetwork(): Promise<Network> {
  const scratch = await mkdtemp(join(tmpdir(), 'mlmmj-network-'))
  const network = new PrivateNetwork(scratch)
  try {
    await network.open()
    return network
  } catch (thrown) {
    await network[Symbol.asyncDispose]()
    throw thrown
  }
}

class PrivateNetwork implements Network {
  readonly #scratch: string
  /** They do nothing: each keeps a network namespace alive. */
  readonly #host = spawn('/usr/bin/unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' })
  readonly #inside = spawn('/usr/bin/unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' })
  readonly #children = new Set<ChildProcess>([this.#host, this.#inside])
  readonly #containers: StartedContainer[] = []
  readonly #killAll = () => {
    for (const child of this.#children) child.kill('SIGKILL')
    // Whoever changes its user does not end with its parent any more.
    for (const container of this.#containers) container.kill()
  }

  constructor(scratch: string) {
    this.#scratch = scratch
    process.on('exit', this.#killAll)
  }

  async open(): Promise<void> {
    const own = readlinkSync('/proc/self/ns/net')
    for (const { pid } of [this.#host, this.#inside])
      await until(() => readlinkSync(`/proc/${pid}/ns/net`) !== own)
    const names = ['localhost', 'mlmmj', 'postfix']
    await writeFile(join(this.#scratch, 'hosts'), `127.0.0.1 ${names.join(' ')}\n`)
    await this.#set(
      this.#inside,
      `ip link set lo up
       ip link add eth0 type veth peer name br0 netns ${this.#host.pid}
       ip address add ${containers}/24 dev eth0
       ip link set eth0 up`,
    )
    await this.#set(
      this.#host,
      `ip link set lo up
       ip address add ${machine}/24 dev br0
       ip link set br0 up`,
    )
    await this.#set(this.#inside, `ip route add default via ${machine}`)
  }

  async #set(where: ChildProcess, script: string): Promise<void> {
    await mustRun('/usr/bin/nsenter', [netOf(where), '/bin/sh', '-ec', script])
  }

  start(launch: Launch): Promise<Container> {
    return this.#start(launch, this.#inside)
  }

  startOnHost(launch: Launch): Promise<Container> {
    return this.#start(launch, this.#host)
  }

  async publish(address: string, hostPort: number, port: number): Promise<() => Promise<void>> {
    const args = ['-e', handOn, address, String(hostPort), containers, String(port)]
    const child = this.#spawn(this.#host, [process.execPath, ...args])
    const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    assert.equal(String(said), 'open\n', `${address}:${hostPort} cannot be published`)
    return async () => {
      const gone = once(child, 'exit')
      child.kill()
      await gone
    }
  }

  async world(port: number): Promise<World> {
    const dir = await mkdtemp(join(this.#scratch, 'world-'))
    await chmod(this.#scratch, 0o755)
    await chmod(dir, 0o777)
    const sink = [
      '/usr/sbin/smtp-sink',
      '-u',
      'nobody',
      '-d',
      `${dir}/%s.`,
      `0.0.0.0:${port}`,
      '100',
    ]
    this.#spawn(this.#host, sink)
    return {
      async mails() {
        const names = (await readdir(dir)).sort()
        return await Promise.all(names.map((name) => readFile(join(dir, name), 'latin1')))
      },
    }
  }

  #spawn(where: ChildProcess, args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    const child = spawn('/usr/bin/nsenter', [netOf(where), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.add(child)
    return child
  }

  async #start(launch: Launch, where: ChildProcess): Promise<Container> {
    const { image, readOnly = false, tmpfs = [], volumes = [] } = launch
    const layersDir = await mkdtemp(join(this.#scratch, 'layers-'))
    const rootDir = join(layersDir, 'root')
    for (const { from } of volumes) await mkdir(from, { recursive: true })
    const mounts = [
      ...tmpfs.flatMap((path) => ['tmpfs', path, '-']),
      ...volumes.flatMap(({ from, to, readOnly }) => [readOnly ? 'ro' : 'rw', to, from]),
    ]
    // A file, since a program may open /dev/stdout anew, which the sockets of Node do not allow.
    const logPath = join(this.#scratch, `log-${this.#containers.length}-${process.hrtime.bigint()}`)
    const log = openSync(logPath, 'a')
    const child = spawn(
      '/usr/bin/nsenter',
      [
        ...[netOf(where), '/usr/bin/unshare', '--mount', '--pid', '--uts', '--ipc'],
        ...['--fork', '--kill-child=SIGKILL', '/bin/sh', '-c', enter, 'enter'],
        ...[
          image.rootDir,
          layersDir,
          readOnly ? 'yes' : 'no',
          join(this.#scratch, 'hosts'),
          ...mounts,
          '--',
        ],
        ...processArgs(launch, [
          ...(launch.entrypoint ?? image.config.Entrypoint ?? []),
          ...(launch.command ?? image.config.Cmd ?? []),
        ]),
      ],
      { stdio: ['ignore', log, log] },
    )
    closeSync(log)
    this.#children.add(child)
    const container = await StartedContainer.of(child, { rootDir, logPath, launch })
    this.#containers.push(container)
    return container
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killAll)
    const alive = [...this.#children].filter(
      (child) => child.exitCode === null && child.signalCode === null,
    )
    const gone = alive.map((child) => once(child, 'exit'))
    this.#killAll()
    await Promise.all(gone)
    // All of a container has ended only when its first process has.
    for (const container of this.#containers) await until(() => container.isGone())
    await rm(this.#scratch, { recursive: true, force: true, maxRetries: 5 })
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** When a process began, in ticks; undefined when it is no more than a zombie. */
function birthOf(pid: number): string | undefined {
  const [state, ...fields] = textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ')
  return state === 'Z' ? undefined : fields[18]
}

function netOf({ pid }: ChildProcess): string {
  return `--net=/proc/${pid}/ns/net`
}

class StartedContainer implements Container {
  readonly pid: number
  readonly image: Image
  readonly rootDir: string
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #logPath: string
  readonly #launch: Launch
  readonly #birth: string | undefined

  static async of(
    child: ChildProcess,
    made: { readonly rootDir: string; readonly logPath: string; readonly launch: Launch },
  ): Promise<StartedContainer> {
    const { rootDir, logPath } = made
    const begun = Date.now()
    const ended = once(child, 'close').then(([code, signal]): Ended => {
      const stdout = readFileSync(logPath, 'utf8')
      return { code, signal, stdout, stderr: '', took: Date.now() - begun }
    })
    let pid = 0
    await until(() => {
      pid = firstChildOf(child.pid ?? 0)
      // Until it has its own root, the first process is still making what the container sees.
      return hasEnded(child) || (pid > 0 && linkOf(`/proc/${pid}/root`) === rootDir)
    })
    return new StartedContainer(child, { ...made, pid, ended })
  }

  private constructor(
    child: ChildProcess,
    known: Pick<Container, 'pid' | 'rootDir' | 'ended'> & { logPath: string; launch: Launch },
  ) {
    this.#child = child
    this.pid = known.pid
    this.#birth = birthOf(known.pid)
    this.rootDir = known.rootDir
    this.ended = known.ended
    this.#logPath = known.logPath
    this.#launch = known.launch
    this.image = known.launch.image
  }

  /** Whether nothing of it runs any more: its first process is the last to go. */
  isGone(): boolean {
    return this.#birth === undefined || birthOf(this.pid) !== this.#birth
  }

  kill(): void {
    if (!this.isGone()) process.kill(this.pid, 'SIGKILL')
  }

  logs(): string {
    return readFileSync(this.#logPath, 'utf8')
  }

  async exec(args: readonly string[], options: ExecOptions = {}): Promise<Ended> {
    const { user = this.#launch.user, stdin = '', ms = 60_000 } = options
    const environment = { ...this.#launch.environment, ...options.environment }
    return await run(
      '/usr/bin/nsenter',
      [
        ...['--target', String(this.pid), '--mount', '--pid', '--net', '--uts', '--ipc', '--root'],
        ...processArgs({ ...this.#launch, user, environment }, args),
      ],
      { stdin, ms },
    )
  }

  async stop(): Promise<Ended> {
    const signal = this.#launch.image.config.StopSignal ?? 'SIGTERM'
    if (!hasEnded(this.#child)) process.kill(this.pid, signal as NodeJS.Signals)
    return await this.ended
  }
}

/** What stands in front of a program so that it runs as a container's would. */
function processArgs(
  { image: { config }, user = config.User, environment = {}, capabilities }: Launch,
  args: readonly string[],
): string[] {
  const [uid = '0', gid = uid] = (user || '0:0').split(':')
  const dropped = capabilities && [
    '--no-new-privs',
    '--inh-caps=-all',
    `--bounding-set=${['-all', ...capabilities.map((name) => `+${name.toLowerCase()}`)].join(',')}`,
  ]
  const home = `HOME=${uid === '0' ? '/root' : '/'}`
  const variables = [
    ...config.Env,
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  ]
  return [
    ...['/usr/bin/setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', ...(dropped ?? [])],
    ...['/usr/bin/env', '-i', `--chdir=${config.WorkingDir || '/'}`, home, ...variables],
    ...args,
  ]
}

function firstChildOf(pid: number): number {
  return Number(textOf(`/proc/${pid}/task/${pid}/children`).split(' ')[0])
}

function textOf(path: string): string {
  return unlessGone(() => readFileSync(path, 'utf8'))
}

function linkOf(path: string): string {
  return unlessGone(() => readlinkSync(path))
}

/** What a file of /proc says; empty when the process has gone. */
function unlessGone(read: () => string): string {
  try {
    return read()
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return ''
    throw thrown
  }
}
