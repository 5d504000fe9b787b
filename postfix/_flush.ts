import { errnoOf, isFault } from '../src/base/fault.ts'
import { isForGood, isTaken, type Answer } from './_answer.ts'
import { sendMail } from './_send-mail.ts'
import type { Service } from './_service.ts'
import { sinceStart } from './_since-start.ts'
import type { Kept, Shelf } from './_shelf.ts'
import { takeTurn } from './_turn.ts'

/** What became of kept mails. */
export interface Flushed {
  readonly handedOver: number
  /** How many still wait. */
  readonly left: number
  /** A sentence for each mail that was put aside, and for each reason why others wait. */
  readonly notes: readonly string[]
}

export interface FlushLimits {
  /** Mails to begin with. */
  readonly mails: number
  /** No mail is begun after this moment (milliseconds of sinceStart()). */
  readonly beginUntil: number
  /** Milliseconds that the next mail may take. */
  readonly forOne: () => number
}

/**
 * Hands kept mails over, oldest first, one caller at a time. A list that cannot take its mail now
 * does not hold up the others, but its later mails do not overtake; a service that cannot be reached,
 * or does not want us (4.7.x), ends the attempt.
 */
export async function flush(
  service: Service,
  shelf: Shelf,
  { mails, beginUntil, forOne }: FlushLimits,
): Promise<Flushed> {
  const turn = await takeTurn(shelf.dir)
  if (turn === undefined) {
    const left = (await shelf.waiting()).length
    return { handedOver: 0, left, notes: ['another call is handing over what is kept'] }
  }
  const notes: string[] = []
  const waitingLists = new Set<string>()
  let [handedOver, tried] = [0, 0]
  try {
    await shelf.sweep()
    for (const name of await shelf.waiting()) {
      if (tried >= mails || sinceStart() > beginUntil) break
      const kept = await readKept(shelf, name, notes)
      const list = kept?.path.split('?')[0] ?? ''
      if (kept === undefined || waitingLists.has(list)) continue
      tried++
      await turn.renew()
      const answer = await sendMail(service, kept.path, kept.open(), forOne())
      if (isTaken(answer)) {
        await shelf.remove(kept)
        handedOver++
        continue
      }
      if (isForGood(answer)) await shelf.putAside(kept, answer)
      else waitingLists.add(list)
      notes.push(noteOn(kept, answer))
      if (!answer.stated || answer.status.startsWith('4.7.')) break
    }
    return { handedOver, left: (await shelf.waiting()).length, notes }
  } finally {
    await turn.end()
  }
}

function noteOn({ name }: Kept, answer: Answer): string {
  const what = isForGood(answer) ? `refused/${name} is refused for good` : `${name} has to wait`
  return `${what}: ${answer.status} ${answer.message}`
}

async function readKept(shelf: Shelf, name: string, notes: string[]): Promise<Kept | undefined> {
  try {
    return await shelf.read(name)
  } catch (thrown) {
    if (!isFault(thrown, 'badMail') && errnoOf(thrown) === undefined) throw thrown
    notes.push(`${name} stays where it is: ${thrown instanceof Error ? thrown.message : ''}`)
    return undefined
  }
}
