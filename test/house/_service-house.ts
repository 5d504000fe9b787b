import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHouse } from '../../src/app.ts'
import { log } from '../../src/base/events.ts'
import { readConfig } from '../../src/config.ts'
import { openService, type Service, type ServiceTimes } from '../../src/listener/service.ts'
import { scratchList, type ListSetup, type ScratchList } from '../_list.ts'
import { greeted, letter } from './_lmtp-client.ts'

/** Events as the log has them, from now on. */
export function hearEvents(): { readonly lines: string[] } & Disposable {
  const lines: string[] = []
  const hear = (line: unknown) => void lines.push(String(line))
  log.subscribe(hear)
  return { lines, [Symbol.dispose]: () => void log.unsubscribe(hear) }
}

/** A spool and a configuration directory, with services on free ports. Vanishes with `await using`. */
export class ServiceHouse implements AsyncDisposable {
  readonly spoolDir: string
  readonly #scratch: string
  readonly #running = new Set<() => Promise<void>>()

  constructor(scratch: string) {
    this.#scratch = scratch
    this.spoolDir = join(scratch, 'spool')
  }

  async list(setup: ListSetup): Promise<ScratchList> {
    return await scratchList({ below: this.spoolDir, ...setup })
  }

  /** Starts a service; `end` is what SIGTERM does. */
  async start(times: ServiceTimes = {}): Promise<Service & { end(): Promise<void> }> {
    const stop = new AbortController()
    const config = readConfig({
      MLMMJ_SPOOL: this.spoolDir,
      MLMMJ_CONF: this.#scratch,
      MLMMJ_TEXTS: join(process.cwd(), 'texts'),
      MLMMJ_HTTP_PORT: '0',
      MLMMJ_LMTP_PORT: '0',
      MLMMJ_SOCKETMAP_PORT: '0',
      MLMMJ_POSTMAP: '/nonexistent/postmap',
    })
    const service = await openService(openHouse(config, stop), config, times)
    const end = async () => {
      if (!this.#running.delete(end)) return
      stop.abort()
      await service.close()
    }
    this.#running.add(end)
    return { ...service, end }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#running) await end()
    await rm(this.#scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

export async function serviceHouse(): Promise<ServiceHouse> {
  return new ServiceHouse(await mkdtemp(join(tmpdir(), 'mlmmj-service-')))
}

/** Posts one mail through LMTP; answers with the replies behind the dot. */
export async function post(
  service: Pick<Service, 'ports'>,
  to: string,
  subject = 'hi',
): Promise<readonly string[]> {
  await using client = await greeted(service.ports.lmtp)
  const mail = letter.replace('talk@example.org', to).replace('Subject: hi', `Subject: ${subject}`)
  return await client.post([to], mail)
}
