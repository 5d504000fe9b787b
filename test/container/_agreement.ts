import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  interpolate,
  listAt,
  mapAt,
  readDockerfile,
  readYaml,
  stagesOf,
  textAt,
  type Instruction,
  type Yaml,
} from '../../scripts/container-files.ts'
import { readConfig } from '../../src/config.ts'

/** The files that must agree, by their paths. */
export type Files = Readonly<Record<string, string>>

const paths = {
  compose: 'docker-compose.yaml',
  image: 'docker/Dockerfile',
  postfix: 'docker/postfix/Dockerfile',
  entrypoint: 'docker/postfix/entrypoint.sh',
  dotEnv: 'docker/with-postfix.env',
  document: 'docs/deploy.md',
  package: 'package.json',
} as const

export function readFiles(): Files {
  return Object.fromEntries(Object.values(paths).map((path) => [path, readFileSync(path, 'utf8')]))
}

/**
 * Says what the compose file, the Dockerfiles, what they start and docs/deploy.md say differently
 * about ports, volumes, users and variables.
 */
export function disagreements(files: Files): readonly string[] {
  const file = (name: keyof typeof paths) => files[paths[name]] ?? ''
  const compose = readYaml(file('compose'))
  const filled = interpolate(compose, {})
  const services = Object.entries(mapAt(filled, 'services'))
  const found: string[] = []
  const expect = (right: boolean, finding: string) => {
    if (!right) found.push(finding)
  }

  for (const [name, service] of services) {
    const path = join(
      textAt(service, 'build', 'context') ?? '',
      textAt(service, 'build', 'dockerfile') ?? '',
    )
    const dockerfile = files[path]
    expect(dockerfile !== undefined, `${name}: ${path} is none of our Dockerfiles`)
    const last = stagesOf(readDockerfile(dockerfile ?? '')).at(-1) ?? []
    const exposed = wordsOf(last, 'EXPOSE')
    const published = listAt(service, 'ports').map((port) => port.split(':').at(-1) ?? '')
    if (published.length > 0)
      expect(
        same(published, exposed),
        `${name} publishes ${published.join(' ')}, its image exposes ${exposed.join(' ')}`,
      )
    for (const volume of listAt(service, 'volumes')) {
      const [from = ''] = volume.split(':')
      const known = from.startsWith('./') || from in mapAt(filled, 'volumes')
      expect(known, `${name}: nothing says what the volume ${from} is`)
    }
    for (const other of Object.keys(mapAt(service, 'depends_on')))
      expect(
        services.some(([known]) => known === other),
        `${name} waits for ${other}, which is no service`,
      )
  }

  const service = textsOf(filled, 'mlmmj')
  const prepare = textsOf(filled, 'prepare')
  const last = stagesOf(readDockerfile(file('image'))).at(-1) ?? []
  const env = environmentOf(last)
  const config = readConfig(env)
  const { httpPort, lmtpPort, socketmapPort, confDir, mostBytes } = config.listener

  const ports = [httpPort, lmtpPort, socketmapPort].map(String)
  expect(same(wordsOf(last, 'EXPOSE'), ports), `the service listens on ${ports.join(' ')}`)
  const targets = [config.spoolDir, confDir]
  for (const { name, volumes } of [service, prepare]) {
    const mounted = volumes.map((volume) => volume.split(':')[1] ?? '')
    expect(same(mounted, targets), `${name} mounts ${mounted.join(' ')}, not ${targets.join(' ')}`)
  }
  for (const path of ['./spool', './mlmmj_conf'])
    expect(
      service.volumes.some((volume) => volume.startsWith(`${path}:`)),
      `${path} is no volume`,
    )
  expect(
    service.user === wordsOf(last, 'USER')[0],
    `the image runs as ${wordsOf(last, 'USER')[0]}, compose as ${service.user}`,
  )
  const given = listAt(filled, 'services', 'prepare', 'entrypoint')
  expect(given.includes(service.user ?? ''), `prepare gives directories to another user`)
  for (const path of targets) expect(given.includes(path), `prepare does not look at ${path}`)

  const known = namesRead()
  for (const name of [...Object.keys(env), ...service.variables])
    expect(known.has(name) || ['PATH', 'TZ'].includes(name), `the service does not read ${name}`)
  for (const name of ['postfix', 'mlmmj'])
    expect(
      textAt(filled, 'services', name, 'environment', 'MLMMJ_MAXSIZE') === String(mostBytes),
      `${name}: MLMMJ_MAXSIZE is not ${mostBytes}`,
    )

  const entrypoint = file('entrypoint')
  const postfix = textsOf(filled, 'postfix')
  const read = new Set(
    [...entrypoint.matchAll(/\$\{([A-Z]\w*)|\$([A-Z]\w*)/g)].map(([, a, b]) => a ?? b ?? ''),
  )
  for (const name of postfix.variables)
    expect(read.has(name) || name === 'TZ', `the entrypoint of Postfix does not read ${name}`)
  for (const name of read)
    expect(
      postfix.variables.includes(name) || name === 'MLMMJ_HOST',
      `compose does not hand ${name} to Postfix`,
    )
  for (const wanted of [`$service:${lmtpPort}`, `$service:${socketmapPort}:virtual`])
    expect(entrypoint.includes(wanted), `Postfix does not ask ${wanted}`)
  expect(/^service="\$\{MLMMJ_HOST:-mlmmj\}"$/m.test(entrypoint), 'Postfix asks another host')

  const variables = new Set(
    [
      ...file('compose')
        .replace(/^ *#.*$/gm, '')
        .matchAll(/\$\{(\w+)/g),
    ].map(([, name = '']) => name),
  )
  const dotEnv = new Map(
    [...file('dotEnv').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )
  for (const name of dotEnv.keys())
    expect(
      variables.has(name) || name === 'COMPOSE_PROFILES',
      `${paths.dotEnv} sets ${name}, which compose does not use`,
    )
  const document = file('document')
  for (const name of variables)
    expect(
      document.includes(`\`${name}`) || dotEnv.has(name) || name === 'SMTP_BIND',
      `nothing tells about ${name}`,
    )
  const profile = dotEnv.get('COMPOSE_PROFILES') ?? ''
  expect(
    listAt(filled, 'services', 'postfix', 'profiles').includes(profile),
    `${profile} is no profile`,
  )
  expect(
    services.some(([name]) => name === dotEnv.get('POSTFIX_HOST')),
    'POSTFIX_HOST is no service',
  )
  expect(
    entrypoint.includes(`'${dotEnv.get('POSTFIX_PORT')}/inet=`),
    'Postfix does not listen on POSTFIX_PORT',
  )
  expect(
    !postfix.ports.some((port) => port.endsWith(`:${dotEnv.get('POSTFIX_PORT')}`)),
    'the way out is published',
  )
  const [subnet = ''] = listOfMaps(filled, 'networks', 'default', 'ipam', 'config').map(
    (item) => textAt(item, 'subnet') ?? '',
  )
  expect(document.includes(` ${subnet}'`), `docs/deploy.md does not have Postfix take ${subnet}`)
  for (const port of ports)
    expect(document.includes(port), `docs/deploy.md does not tell about port ${port}`)

  const buildArgs = new Map(
    readDockerfile(file('image'))
      .filter(({ word }) => word === 'ARG')
      .map(({ rest }) => [rest.replace(/=.*/, ''), rest.replace(/^.*?=/, '')]),
  )
  const { version, engines } = JSON.parse(file('package')) as {
    readonly version: string
    readonly engines: { readonly node: string }
  }
  expect(buildArgs.get('VERSION') === version, `the image says another version than ${version}`)
  const major = Number(/node:(\d+)-slim$/.exec(buildArgs.get('NODE_IMAGE') ?? '')?.[1])
  const least = Number(/\d+/.exec(engines.node)?.[0])
  expect(major % 2 === 0 && major >= least, `Node ${major} is no LTS that suits ${engines.node}`)

  for (const [name, stage] of [
    ['image', stagesOf(readDockerfile(file('image')))[0] ?? []],
    ['postfix', stagesOf(readDockerfile(file('postfix'))).at(-1) ?? []],
  ] as const)
    for (const source of copiedFrom(stage))
      expect(
        existsSync(join(name === 'image' ? '.' : 'docker/postfix', source)),
        `COPY ${source}: there is no such file`,
      )
  return found
}

/** Names of variables that the service looks at. */
function namesRead(): ReadonlySet<string> {
  const names = new Set<string>()
  readConfig(
    new Proxy(
      {},
      {
        get(_, name) {
          names.add(String(name))
          return undefined
        },
      },
    ),
  )
  return names
}

function textsOf(filled: Yaml, name: string) {
  const service = mapAt(filled, 'services')[name]
  return {
    name,
    user: textAt(service, 'user'),
    volumes: listAt(service, 'volumes'),
    ports: listAt(service, 'ports'),
    variables: Object.keys(mapAt(service, 'environment')),
  }
}

function listOfMaps(value: Yaml, ...path: readonly string[]): readonly Yaml[] {
  const last = path.at(-1) ?? ''
  const found = mapAt(value, ...path.slice(0, -1))[last]
  return Array.isArray(found) ? (found as readonly Yaml[]) : []
}

function wordsOf(stage: readonly Instruction[], word: string): readonly string[] {
  return stage.filter((each) => each.word === word).flatMap(({ rest }) => rest.split(/\s+/))
}

function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  const pairs = wordsOf(stage, 'ENV').flatMap((pair) => [...pair.matchAll(/^(\w+)="?([^"]*)"?$/g)])
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]))
}

function copiedFrom(stage: readonly Instruction[]): readonly string[] {
  return stage
    .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from='))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join('\n') === [...others].sort().join('\n')
}
