import { asFault } from '../base/fault.ts'
import { events } from '../base/events.ts'
import { refuseToRoot } from '../spool/become-owner.ts'
import { waitingIncoming, type Waiting } from '../spool/incoming.ts'
import { tryLock } from '../spool/lock.ts'
import { inHandsOfMlmmj } from '../spool/mlmmj-at-work.ts'
import { recoverJournal } from '../spool/recover-journal.ts'
import type { MailId } from '../spool/mail-id.ts'
import { giveWay } from './_intake-pace.ts'
import { deliverOutgoing } from './deliver-outgoing.ts'
import type { House } from './house.ts'
import { deliverPending } from './pending.ts'
import { processMail } from './process-mail.ts'
import { workerLock } from './has-worker.ts'

const deliveriesAtOnce = 8
const lookAgainMs = 200
/** What mlmmj has not written to for so long it has forgotten, or it hangs. */
const longestAtWorkMs = 3_600_000
/** A mail that was due a retry is not tried again before this. */
const restMs = 900_000

/**
 * Processes everything in incoming/ of a list and delivers what follows from it, until nothing new
 * comes; then tries again what an earlier run could not deliver. One such worker runs for each list:
 * when there is one already, this returns at once, because that one will see the new mail too. What
 * a crash left in incoming/ is found by the next worker. What mlmmj is at work on is left to it.
 */
export async function drainIncoming(house: House, listDir: string): Promise<void> {
  refuseToRoot(listDir)
  await recoverJournal(listDir).catch((thrown: unknown) =>
    events.journalStuck(listDir, asFault(thrown).message),
  )
  const tried = new Set<MailId>()
  for (;;) {
    const lock = await tryLock(listDir, workerLock)
    if (lock === undefined) return
    try {
      await new Worker(house, listDir, tried).run()
    } finally {
      await lock.release()
    }
    // A mail that arrived between our last look and the release saw a worker and started none.
    if (house.stop?.aborted || (await untried(house, listDir, tried)).length === 0) return
  }
}

async function untried(
  house: House,
  listDir: string,
  tried: ReadonlySet<MailId>,
): Promise<readonly MailId[]> {
  const waiting = await waitingIncoming(listDir, house.chance.now())
  const fresh = waiting.filter(({ id }) => !tried.has(id))
  // Before we look who is at work: whoever wrote the mail was, when we saw it.
  const isSure = ({ hasEnvelope, age }: Waiting) => hasEnvelope || age > longestAtWorkMs
  const isTaken = fresh.every(isSure) ? () => false : await inHandsOfMlmmj(listDir)
  return fresh.filter((mail) => isSure(mail) || !isTaken(mail.id)).map(({ id }) => id)
}

class Worker {
  readonly #house: House
  readonly #listDir: string
  readonly #tried: Set<MailId>
  readonly #deliveries = new Set<Promise<unknown>>()

  constructor(house: House, listDir: string, tried: Set<MailId>) {
    this.#house = house
    this.#listDir = listDir
    this.#tried = tried
  }

  async run(): Promise<void> {
    let retried = false
    while (!this.#stopped) {
      const ids = await untried(this.#house, this.#listDir, this.#tried)
      for (const id of ids) {
        await giveWay(() => this.#house.chance.ticks(), this.#house.stop)
        if (!this.#stopped) await this.#process(id)
      }
      if (ids.length > 0) continue
      if (!retried) {
        retried = true
        this.#start(() => deliverPending(this.#house, this.#listDir, restMs))
      }
      if (this.#deliveries.size === 0) return
      // New mail is processed while a slow relay still takes the old.
      await Promise.race([...this.#deliveries, pause(lookAgainMs)])
    }
    // The same signal ends them.
    await Promise.all(this.#deliveries)
  }

  get #stopped(): boolean {
    return this.#house.stop?.aborted ?? false
  }

  async #process(id: MailId): Promise<void> {
    this.#tried.add(id)
    try {
      const { outgoing } = await processMail(this.#house, this.#listDir, id)
      while (outgoing.length > 0 && this.#deliveries.size >= deliveriesAtOnce)
        await Promise.race(this.#deliveries)
      if (outgoing.length > 0)
        this.#start(() => deliverOutgoing(this.#house, this.#listDir, outgoing))
    } catch (thrown) {
      // It stays in incoming/ for the next worker; the others shall not wait for it.
      events.mailParked(this.#listDir, id, asFault(thrown).message)
    }
  }

  #start(deliver: () => Promise<unknown>): void {
    const delivery: Promise<unknown> = deliver()
      .catch((thrown: unknown) =>
        events.deliveryFailed(this.#listDir, 'pending', asFault(thrown).message),
      )
      .finally(() => this.#deliveries.delete(delivery))
    this.#deliveries.add(delivery)
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms)
  })
}
