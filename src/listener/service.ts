import { errnoOf, Fault } from '../base/fault.ts'
import type { Config } from '../config.ts'
import type { House } from '../flows/house.ts'
import { openIntakeJournal } from '../flows/intake-journal.ts'
import { listTables } from '../flows/list-tables.ts'
import { logEventsOfAll } from '../flows/log-events.ts'
import { keepDrained } from './drains.ts'
import { openHttp } from './http/open-http.ts'
import { openMailServer } from './mail-server.ts'
import { keepMaintained } from './maintenance.ts'
import { keepMaps } from './maps.ts'
import { whyNotReady } from './readiness.ts'
import { keepTrying } from './retries.ts'
import { openSocketmap } from './socketmap.ts'
import { listenerToken } from './token.ts'
import { keepWatch } from './watch.ts'

/** Times that a test makes shorter (milliseconds). */
export interface ServiceTimes {
  readonly sweepMs?: number
  readonly firstRetryMs?: number
  readonly maintenanceMs?: number
}

export interface Service {
  readonly ports: { readonly http: number; readonly lmtp: number; readonly socketmap: number }
  /** Why it cannot do its work now; none when it can. */
  ready(): Promise<readonly string[]>
  /** Maintenance, and a look at everything, now. */
  runNow(): Promise<void>
  /**
   * Stops: takes no more, finishes what it has or leaves it on disk. The house's signal must have been
   * given before, or deliveries would be waited for.
   */
  close(): Promise<void>
}

interface Closable {
  close(): Promise<void>
}

/**
 * The service: LMTP, HTTP and socketmap in; processing, delivery, retries and maintenance; one process
 * (docs/ARCHITECTURE.md). When it has opened, it takes mail.
 *
 * @throws Fault badSettings for a token or a port that cannot be used.
 */
export async function openService(
  given: House,
  { spoolDir, listener }: Pick<Config, 'spoolDir' | 'listener'>,
  times: ServiceTimes = {},
): Promise<Service> {
  const { host, mostBytes, confDir, dummyDomain, route, domains, postmap } = listener
  const { token } = await listenerToken(listener)
  const endLogs = logEventsOfAll(given)
  const journal = openIntakeJournal((listDir) => drains.stored(listDir))
  const house: House = { ...given, store: journal.store }
  const drains = keepDrained(house, (listDir) => retries.look(listDir))
  const stored = (listDir: string) => drains.stored(listDir)
  // What was taken into the journal is told when it lies in incoming/.
  const taken = (listDir: string) => {
    if (!journal.willPlace(listDir)) stored(listDir)
  }
  const retries = keepTrying({
    house,
    drain: stored,
    ...(times.firstRetryMs === undefined ? {} : { firstMs: times.firstRetryMs }),
  })
  const opened: Closable[] = []
  const keep = <Part extends Closable>(part: Part): Part => {
    opened.unshift(part)
    return part
  }
  try {
    const tables = listTables({ spoolDir, dummyDomain, route, domains })
    const maps = keepMaps({ tables, mapsDir: confDir, dummyDomain, route, postmap })
    const lmtp = keep(
      await listening('LMTP', host, listener.lmtpPort, (port) =>
        openMailServer({
          ...{ house, spoolDir, host, port, mostBytes, stored: taken, protocol: 'lmtp' },
          find: (address) => tables.find(address),
        }),
      ),
    )
    const socketmap = keep(
      await listening('socketmap', host, listener.socketmapPort, (port) =>
        openSocketmap({ tables, host, port }),
      ),
    )
    const ready = () => whyNotReady({ spoolDir, lmtp: { host, port: lmtp.port }, maintenance })
    const http = keep(
      await openHttp({
        ...{ house, spoolDir, token, host, mostBytes, ready, stored: taken },
        changed: () => void watch.sweep(),
        port: listener.httpPort,
        limits: { closeMs: 3_000 },
      }),
    )
    // From here on nothing throws. What looks at every list comes after who asks for one of them.
    const watch = keepWatch({
      ...{ house, spoolDir, stored, retries },
      ...(times.sweepMs === undefined ? {} : { sweepMs: times.sweepMs }),
      listsChanged: () => maps.changed(),
    })
    const maintenance = keepMaintained({
      ...{ house, spoolDir, after: watch.sweep() },
      ...(times.maintenanceMs === undefined ? {} : { everyMs: times.maintenanceMs }),
    })
    return {
      ports: { http: http.port, lmtp: lmtp.port, socketmap: socketmap.port },
      ready,
      async runNow() {
        await watch.sweep()
        await maintenance.runNow()
      },
      async close() {
        await Promise.all(opened.map((part) => part.close()))
        await journal.close()
        retries.close()
        await Promise.all([watch.close(), maintenance.close(), maps.close()])
        await Promise.all([drains.settled(), retries.settled()])
        endLogs()
      },
    }
  } catch (thrown) {
    for (const part of opened) await part.close()
    await journal.close()
    endLogs()
    throw thrown
  }
}

async function listening<Server>(
  what: string,
  host: string,
  port: number,
  open: (port: number) => Promise<Server>,
): Promise<Server> {
  try {
    return await open(port)
  } catch (thrown) {
    const errno = errnoOf(thrown)
    if (errno === undefined) throw thrown
    throw new Fault('badSettings', `${what} cannot have port ${port} of ${host} (${errno})`, thrown)
  }
}
