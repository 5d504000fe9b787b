import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { run } from '../_program.ts'

/** Why no image can be built and run here; false when it can. CI must be able to. */
export const withoutImages: string | false =
  process.env['CI'] !== undefined
    ? false
    : ['/usr/bin/buildah', '/usr/sbin/debootstrap'].some((path) => !existsSync(path))
      ? 'buildah and debootstrap are not installed (sh scripts/ensure-debian.sh)'
      : process.getuid?.() !== 0
        ? 'only root can build and run images without a Docker engine'
        : false

/** An image, laid out as a directory. */
export interface Image {
  readonly rootDir: string
  readonly config: ImageConfig
}

/** What `docker inspect` shows below Config. */
export interface ImageConfig {
  readonly User?: string
  readonly Env: readonly string[]
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly WorkingDir?: string
  readonly StopSignal?: string
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Healthcheck?: { readonly Test: readonly string[] }
  readonly Labels?: Readonly<Record<string, string>>
}

/** What an image is made from. */
interface Recipe {
  readonly name: string
  readonly dockerfile: string
  readonly context: string
  /** Files that make another image when they change. */
  readonly from: readonly string[]
  /** The build argument that names the base image. */
  readonly baseArg: string
}

/** What `npm run build` needs of scripts/. */
export const buildScripts = [
  'scripts/build.mjs',
  'scripts/_bundle.mjs',
  'scripts/_compile-ahead.mjs',
  'scripts/_compiled.cjs',
  'scripts/_this-node.cjs',
]

/** The list service, by docker/Dockerfile. */
export const serviceRecipe: Recipe = {
  name: 'mlmmj-ts',
  dockerfile: 'docker/Dockerfile',
  context: '.',
  from: [
    ...['docker/Dockerfile', '.dockerignore', 'package.json', 'package-lock.json'],
    ...['bin', 'src', 'postfix', 'texts', ...buildScripts],
  ],
  baseArg: 'NODE_IMAGE',
}

/** The Postfix beside it, by docker/postfix/Dockerfile. */
export const postfixRecipe: Recipe = {
  name: 'mlmmj-ts-postfix',
  dockerfile: 'docker/postfix/Dockerfile',
  context: 'docker/postfix',
  from: ['docker/postfix'],
  baseArg: 'DEBIAN_IMAGE',
}

/** A Debian with a Postfix, for walk-throughs without containers. */
export const debianRecipe: Recipe = {
  name: 'debian-host',
  dockerfile: 'test/container/debian-host.dockerfile',
  context: 'test/container',
  from: ['test/container/debian-host.dockerfile', 'test/container/systemctl.sh'],
  baseArg: 'DEBIAN_IMAGE',
}

/** What is kept between runs. Ignored by git, and found again only when nothing has changed. */
const kept = resolve('build/container')
const keepMs = 3_600_000
/** More than all images and their layers take. */
const scratchBytes = 6 * 2 ** 30
const certificates = '/etc/ssl/certs/ca-certificates.crt'

/**
 * Builds an image as its Dockerfile says, without a Docker engine: buildah in a chroot, on a base
 * that debootstrap makes and that has this machine's Node.
 */
export async function image(recipe: Recipe): Promise<Image> {
  const base = await baseDir()
  const rootDir = join(kept, `${recipe.name}-${await keyOf([base], recipe.from)}`)
  if (!existsSync(rootDir)) await buildInto(rootDir, recipe, base)
  await removeOld(recipe.name, rootDir)
  const config = JSON.parse(await readFile(`${rootDir}.json`, 'utf8')) as ImageConfig
  return { rootDir, config }
}

/** What npm has downloaded, so that later runs need no network. */
export async function npmCacheDir(): Promise<string> {
  const dir = join(kept, 'npm-cache')
  await mkdir(dir, { recursive: true })
  return dir
}

async function buildInto(rootDir: string, recipe: Recipe, base: string): Promise<void> {
  const buildah = await (builder ??= openBuilder(base))
  const [npmrc, npmCache] = [join(kept, 'npmrc'), await npmCacheDir()]
  await writeFile(npmrc, `cafile=${certificates}\nprefer-offline=true\nupdate-notifier=false\n`)
  const tag = `localhost/${recipe.name}`
  await buildah(
    ...['bud', '--isolation', 'chroot', '--format', 'docker', '--pull-never'],
    ...['--volume', `${certificates}:${certificates}:ro`],
    ...['--volume', `${npmrc}:/usr/local/etc/npmrc:ro`, '--volume', `${npmCache}:/root/.npm`],
    ...['--build-arg', `${recipe.baseArg}=localhost/base`],
    ...['--file', recipe.dockerfile, '--tag', tag, recipe.context],
  )
  const told = await buildah('inspect', '--type', 'image', tag)
  const { Docker } = JSON.parse(told) as { Docker: { config: ImageConfig } }
  await buildah('from', '--name', recipe.name, tag)
  const mounted = (await buildah('mount', recipe.name)).trim()
  await writeFile(`${rootDir}.json`, JSON.stringify(Docker.config, undefined, 2))
  await keepCopy(mounted, rootDir)
  await buildah('rm', recipe.name)
}

type Buildah = (...args: string[]) => Promise<string>
let builder: Promise<Buildah> | undefined

/** A store of images that has the base, for as long as this process runs. */
async function openBuilder(base: string): Promise<Buildah> {
  const store = await openScratch()
  const buildah = (...args: string[]) =>
    mustRun('/usr/bin/buildah', [
      ...['--root', join(store, 'storage'), '--runroot', join(store, 'run')],
      ...['--storage-driver', 'vfs', ...args],
    ])
  await buildah('from', '--name', 'base', 'scratch')
  await buildah('add', '--quiet', 'base', base, '/')
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  await buildah('config', '--env', `PATH=${path}`, 'base')
  await buildah('commit', '--quiet', '--rm', 'base', 'localhost/base')
  return buildah
}

/**
 * A directory that goes when this process ends: in memory where there is enough of it, since dpkg and
 * vfs write the same files again and again and wait for the disk each time.
 */
async function openScratch(): Promise<string> {
  const memory = '/dev/shm'
  const { bsize, bavail } = await statfs(memory).catch(() => ({ bsize: 0, bavail: 0 }))
  const parent = bsize * bavail > scratchBytes ? memory : kept
  await removeLeftBehind(parent)
  const dir = await mkdtemp(join(parent, `mlmmj-building-${process.pid}-`))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A process that was killed had no time to clear up. */
async function removeLeftBehind(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^mlmmj-building-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      await rm(join(parent, name), { recursive: true, force: true })
  }
}

/** A small Debian with Node and npm where the official images of Node have them. */
async function baseDir(): Promise<string> {
  const { suite, mirror } = await debianHere()
  const dir = join(kept, `base-${suite}-${await keyOf([process.version], [])}`)
  if (existsSync(dir)) return dir
  await mkdir(kept, { recursive: true })
  const scratch = await openScratch()
  const root = join(scratch, 'root')
  const packages = '--include=ca-certificates'
  await mustRun('/usr/sbin/debootstrap', ['--variant=minbase', packages, suite, root, mirror])
  for (const name of await readdir(join(root, 'var/cache/apt/archives')))
    if (name.endsWith('.deb')) await rm(join(root, 'var/cache/apt/archives', name))
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
  await copyNode(join(root, 'usr/local'))
  for (const library of await librariesOf(process.execPath))
    if (!existsSync(join(root, library)))
      await cp(library, join(root, library), { dereference: true })
  await keepCopy(root, dir)
  await rm(scratch, { recursive: true, force: true })
  return dir
}

/** This machine's own release when it is a Debian, since its Node fits that; else the stable one. */
async function debianHere(): Promise<{ suite: string; mirror: string }> {
  const release = await readFile('/etc/os-release', 'utf8')
  const named = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1]
  const suite = /^ID=debian$/m.test(release) && named !== undefined ? named : 'stable'
  return { suite, mirror: process.env['DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian' }
}

async function copyNode(prefix: string): Promise<void> {
  const npm = await npmDir()
  await mkdir(join(prefix, 'lib/node_modules'), { recursive: true })
  await cp(process.execPath, join(prefix, 'bin/node'), { dereference: true })
  await cp(npm, join(prefix, 'lib/node_modules/npm'), { recursive: true })
  for (const name of ['npm', 'npx'])
    await mustRun('/bin/ln', [
      '-sf',
      `../lib/node_modules/npm/bin/${name}-cli.js`,
      join(prefix, 'bin', name),
    ])
}

async function npmDir(): Promise<string> {
  const prefix = resolve(process.execPath, '../..')
  const found = [join(prefix, 'lib/node_modules/npm'), '/usr/share/nodejs/npm'].find(existsSync)
  assert.ok(found, `there is no npm beside ${process.execPath}`)
  return found
}

async function librariesOf(program: string): Promise<string[]> {
  const told = await mustRun('/usr/bin/ldd', [program])
  return [...told.matchAll(/ (\/\S+) \(/g)].flatMap(([, path]) => path ?? [])
}

async function keyOf(words: readonly string[], paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(words.join('\n'))
  for (const path of paths) await add(path)
  return hash.digest('hex').slice(0, 12)

  async function add(path: string): Promise<void> {
    if ((await stat(path)).isDirectory())
      for (const name of (await readdir(path)).sort()) await add(join(path, name))
    else if (!path.endsWith('.test.ts')) hash.update(`\n${path}\n`).update(readFileSync(path))
  }
}

/** Copies a directory, whole or not at all. */
async function keepCopy(from: string, to: string): Promise<void> {
  const copy = await mkdtemp(join(kept, 'copy-'))
  await mustRun('/bin/cp', ['-a', from, join(copy, 'root')])
  await rename(join(copy, 'root'), to).catch((thrown: NodeJS.ErrnoException) => {
    // Somebody else may have been quicker.
    if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown
  })
  await rm(copy, { recursive: true, force: true })
}

async function removeOld(name: string, current: string): Promise<void> {
  for (const found of await readdir(kept)) {
    const path = join(kept, found)
    if (!found.startsWith(`${name}-`) || path.startsWith(current)) continue
    if (!/^[0-9a-f]{12}(\.json)?$/.test(found.slice(name.length + 1))) continue
    const age = Date.now() - (await stat(path)).mtimeMs
    if (age > keepMs) await rm(path, { recursive: true, force: true })
  }
}

/** The standard output of a program that must succeed. */
export async function mustRun(path: string, args: readonly string[]): Promise<string> {
  // What a proxy and its certificates need, which the builder hands on.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(https?|no|ftp)_proxy$/i.test(name)),
  ) as Record<string, string>
  const ended = await run(path, args, { ms: 300_000, env })
  const told = `${ended.stdout.slice(-4_000)}${ended.stderr.slice(-4_000)}`
  assert.deepEqual([ended.code, ended.signal], [0, null], `${path} ${args.join(' ')}:\n${told}`)
  return ended.stdout
}
