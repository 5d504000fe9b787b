import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  interpolate,
  listAt,
  mapAt,
  readYaml,
  textAt,
  type Yaml,
} from '../../scripts/container-files.ts'
import type { Ended } from '../_program.ts'
import { until } from '../_until.ts'
import { image, postfixRecipe, serviceRecipe, type Image } from './_images.ts'
import type { Container, Launch, Network } from './_network.ts'

/** What `docker compose up -d` leaves running. */
export interface Composed {
  container(service: string): Container
  /** What `--wait` adds: all services that go on running are healthy. */
  healthy(): Promise<void>
  stop(): Promise<void>
}

/**
 * Does what `docker compose up -d` would with our compose file: the services of the profiles in the
 * environment, in the order of `depends_on`, with their users, volumes, capabilities and variables.
 * What cannot be shown without a Docker engine is left out: a name service (all containers share one
 * loopback), restarts, and the engine's own health checks.
 *
 * @param projectDir where `./` of the compose file is.
 */
export async function composeUp(
  network: Network,
  projectDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Composed> {
  const file = await composeFile(env)
  const profiles = (env['COMPOSE_PROFILES'] ?? '').split(',')
  const running = new Map<string, Container>()
  const published: (() => Promise<void>)[] = []
  for (const [name, service] of Object.entries(mapAt(file, 'services'))) {
    const wanted = listAt(service, 'profiles')
    if (wanted.length > 0 && !wanted.some((profile) => profiles.includes(profile))) continue
    for (const other of Object.keys(mapAt(service, 'depends_on'))) {
      const ended = await running.get(other)?.ended
      assert.equal(ended?.code, 0, `${other}: ${ended?.stdout}`)
    }
    running.set(name, await network.start(await launchOf(service, projectDir)))
    for (const port of listAt(service, 'ports')) {
      const [address = '', outside, inside] = port.split(':')
      published.push(await network.publish(address, Number(outside), Number(inside)))
    }
  }
  return {
    container(service) {
      const found = running.get(service)
      assert.ok(found, `there is no service ${service}`)
      return found
    },
    async healthy() {
      for (const [name, container] of running)
        if (textAt(file, 'services', name, 'restart') !== undefined) await healthy(container)
    },
    async stop() {
      await Promise.all(published.map((end) => end()))
      await Promise.all([...running.values()].map((container) => container.stop()))
    },
  }
}

/**
 * Does what `docker compose run` would.
 *
 * @param words what follows it on the command line.
 */
export async function composeRun(
  network: Network,
  projectDir: string,
  env: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<Ended> {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      rm: { type: 'boolean' },
      user: { type: 'string' },
      entrypoint: { type: 'string' },
      'cap-add': { type: 'string', multiple: true, default: [] },
    },
    // What follows the service belongs to its program.
    allowPositionals: true,
  })
  const [name = '', ...command] = positionals
  const service = mapAt(await composeFile(env), 'services')[name]
  assert.ok(service !== undefined, `there is no service ${name}`)
  const launch = await launchOf(service, projectDir)
  const container = await network.start({
    ...launch,
    command,
    user: values.user ?? launch.user,
    entrypoint: values.entrypoint === undefined ? launch.entrypoint : [values.entrypoint],
    capabilities: [...(launch.capabilities ?? []), ...values['cap-add']],
  })
  return await container.ended
}

async function composeFile(env: Readonly<Record<string, string>>): Promise<Yaml> {
  return interpolate(readYaml(await readFile('docker-compose.yaml', 'utf8')), env)
}

async function launchOf(service: Yaml, projectDir: string): Promise<Launch> {
  const environment = Object.entries(mapAt(service, 'environment'))
  return {
    image: await imageOf(service),
    user: textAt(service, 'user'),
    environment: Object.fromEntries(environment.map(([name, value]) => [name, String(value)])),
    entrypoint: within(service, 'entrypoint'),
    command: within(service, 'command'),
    readOnly: textAt(service, 'read_only') === 'true',
    tmpfs: listAt(service, 'tmpfs'),
    volumes: listAt(service, 'volumes').map((volume) => {
      const [from = '', to = '', mode] = volume.split(':')
      const named = !from.startsWith('.')
      return {
        from: named ? join(projectDir, 'volumes', from) : resolve(projectDir, from),
        to,
        readOnly: mode === 'ro',
      }
    }),
    capabilities: listAt(service, 'cap_add'),
  }
}

function within(service: Yaml, key: string): readonly string[] | undefined {
  return key in mapAt(service) ? listAt(service, key) : undefined
}

async function imageOf(service: Yaml): Promise<Image> {
  const dockerfile = join(
    textAt(service, 'build', 'context') ?? '.',
    textAt(service, 'build', 'dockerfile') ?? '',
  )
  const recipe = [serviceRecipe, postfixRecipe].find((one) => one.dockerfile === dockerfile)
  assert.ok(recipe, `there is no recipe for ${dockerfile}`)
  return await image(recipe)
}

/** Waits until a container's own health check is content. */
export async function healthy(container: Container, ms = 20_000): Promise<void> {
  const [kind, ...check] = container.image.config.Healthcheck?.Test ?? []
  assert.equal(kind, 'CMD')
  let last = ''
  await until(
    async () => {
      const { code, stdout, stderr } = await container.exec(check)
      last = `${stdout}${stderr}\n${container.logs().slice(-2_000)}`
      return code === 0
    },
    ms,
    () => `health: ${last}`,
  )
}
