import { setTimeout as sleep } from 'node:timers/promises'

/** So many turns in a row within one process, then other processes get a chance. */
const mostInARow = 20
/** A little more than the longest pause of a waiting process (lock.ts). */
const pauseMs = 30

interface Line {
  readonly waiting: (() => void)[]
  inARow: number
}

const lines = new Map<string, Line>()

/**
 * First come, first served among the tasks of this process, so that a thousand of them do not all
 * look at the disk. Answers with the function that ends the turn, or undefined when `waitMs` passed.
 */
export async function takeTurn(key: string, waitMs: number): Promise<(() => void) | undefined> {
  const line = lines.get(key)
  if (line === undefined) {
    lines.set(key, { waiting: [], inARow: 0 })
    return () => endTurn(key)
  }
  if (waitMs <= 0 || !(await called(line, waitMs))) return undefined
  line.inARow += 1
  if (line.inARow % mostInARow === 0) await sleep(pauseMs)
  return () => endTurn(key)
}

async function called({ waiting }: Line, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer)
      resolve(true)
    }
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(go), 1)
      resolve(false)
    }, waitMs)
    waiting.push(go)
  })
}

function endTurn(key: string): void {
  const next = lines.get(key)?.waiting.shift()
  if (next === undefined) lines.delete(key)
  else next()
}
