import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What mlmmj's make-ml makes below a list (spec spool 1.1). */
const shelves = [
  'incoming',
  'queue',
  'queue/discarded',
  'archive',
  'text',
  'subconf',
  'unsubconf',
  'bounce',
  'control',
  'moderation',
  'subscribers.d',
  'digesters.d',
  'nomailsubs.d',
  'requeue',
]

export interface ListSetup {
  /** Its address; the directory has the name before the `@`. */
  readonly address?: string
  /** Control files: name and content. An empty string makes an empty file. */
  readonly control?: Readonly<Record<string, string>>
  readonly subscribers?: readonly string[]
  readonly digesters?: readonly string[]
  readonly nomail?: readonly string[]
  /** Other files, by path below the list. */
  readonly files?: Readonly<Record<string, string>>
  /** Where the relay is. */
  readonly port?: number
  /** An existing directory to put the list in, instead of a temporary one of its own. */
  readonly below?: string
}

export const threeSubscribers = ['ann@example.org', 'bob@example.net', 'cat@sub.example.org']

/** A list of its own in a temporary directory, as make-ml leaves it. Vanishes with `await using`. */
export async function scratchList(setup: ListSetup = {}): Promise<ScratchList> {
  const { address = 'talk@example.org', port, below, control = {}, files = {} } = setup
  const parent = below ?? (await mkdtemp(join(tmpdir(), 'mlmmj-test-')))
  const dir = join(parent, address.split('@')[0] ?? '')
  const list = new ScratchList(dir, below === undefined ? parent : dir)
  for (const shelf of shelves) await mkdir(join(list.dir, shelf), { recursive: true })
  const settings: Record<string, string> = {
    listaddress: `${address}\n`,
    owner: 'owner@example.org\n',
    smtphelo: 'lists.example.org\n',
    relayhost: '127.0.0.1\n',
    ...(port === undefined ? {} : { smtpport: `${port}\n` }),
    ...control,
  }
  await list.write('index', '')
  for (const [name, content] of Object.entries(settings))
    await list.write(`control/${name}`, content)
  await list.enrol('subscribers.d', setup.subscribers ?? threeSubscribers)
  await list.enrol('digesters.d', setup.digesters ?? [])
  await list.enrol('nomailsubs.d', setup.nomail ?? [])
  for (const [path, content] of Object.entries(files)) await list.write(path, content)
  return list
}

/** A list directory, seen by a person with a shell. Contents are byte strings (latin1). */
export class ScratchList {
  readonly dir: string
  readonly #scratch: string

  /** @param scratch what vanishes in the end: the list, or the directory it is in. */
  constructor(dir: string, scratch: string) {
    this.dir = dir
    this.#scratch = scratch
  }

  path(...below: readonly string[]): string {
    return join(this.dir, ...below)
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true })
    await writeFile(this.path(path), content, { encoding: 'latin1', mode: 0o644 })
  }

  /** The content, or undefined when there is no such file. */
  async read(path: string): Promise<string | undefined> {
    try {
      return await readFile(this.path(path), 'latin1')
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw thrown
    }
  }

  async remove(path: string): Promise<void> {
    await rm(this.path(path), { recursive: true, force: true })
  }

  /** The visible names on a shelf, sorted; none when it is missing. */
  async names(shelf: string): Promise<string[]> {
    try {
      const names = await readdir(this.path(shelf))
      return names.filter((name) => !name.startsWith('.')).sort()
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw thrown
    }
  }

  /** Puts addresses where subscribing would have put them. */
  async enrol(shelf: string, addresses: readonly string[]): Promise<void> {
    const files = new Map<string, string>()
    for (const address of addresses) {
      const name = address.slice(0, 1).toLowerCase()
      files.set(name, `${files.get(name) ?? ''}${address}\n`)
    }
    for (const [name, content] of files) await this.write(`${shelf}/${name}`, content)
  }

  /** Every line of every file on a shelf of subscribers, sorted. */
  async members(shelf = 'subscribers.d'): Promise<string[]> {
    const files = await Promise.all(
      (await this.names(shelf)).map((name) => this.read(`${shelf}/${name}`)),
    )
    return files.flatMap((text) => (text ?? '').split('\n').filter((line) => line !== '')).sort()
  }

  /** Posts in archive/, by number. */
  async archive(): Promise<Map<number, string>> {
    const posts = new Map<number, string>()
    for (const name of await this.names('archive'))
      if (/^\d+$/.test(name)) posts.set(Number(name), (await this.read(`archive/${name}`)) ?? '')
    return posts
  }

  /** Who still waits for which post: `1 ann@example.org`, sorted. */
  async waiting(): Promise<string[]> {
    const found: string[] = []
    for (const number of await this.names('requeue')) {
      const lines = ((await this.read(`requeue/${number}/subscribers`)) ?? '').split('\n')
      for (const line of lines) if (line.includes('@')) found.push(`${number} ${line.trim()}`)
    }
    return found.sort()
  }

  /** The last number handed out; 0 before the first post. */
  async index(): Promise<number> {
    return Number((await this.read('index'))?.trim() ?? 0)
  }

  /** Gives everything to somebody else, as an administrator does for the mail system's user. */
  async giveTo(uid: number, gid: number): Promise<void> {
    await chown(this.dir, uid, gid)
    for (const name of await readdir(this.dir, { recursive: true }))
      await chown(this.path(name), uid, gid)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}
