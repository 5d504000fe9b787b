import { setTimeout as sleep } from 'node:timers/promises'

/** So many mails within so many milliseconds are a flood. */
const many = 8
const withinMs = 100

const lookAgainMs = 50
/** A mail is processed after this even while a flood comes in: nothing starves. */
const longestMs = 500

/** When the last mails were taken by this process, the oldest first (ticks). */
const taken: number[] = []

/** Says that a mail has been taken. @param at in ticks (Chance) */
export function noteTaken(at: number): void {
  taken.push(at)
  if (taken.length > many) taken.shift()
}

/**
 * Waits while mails pour in, half a second at the most: who brings a mail waits for our answer, and
 * nobody waits for the processing of one.
 */
export async function giveWay(ticks: () => number, stop?: AbortSignal): Promise<void> {
  const end = ticks() + longestMs
  while (isFlood(ticks()) && ticks() < end && !stop?.aborted) await sleep(lookAgainMs)
}

function isFlood(now: number): boolean {
  return taken.length === many && now - (taken[0] ?? 0) < withinMs
}
