import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAddress } from '../../src/message/address.ts'
import { rosterOf } from '../../src/spool/roster.ts'
import { type ScratchList } from '../../test/_list.ts'
import { address, bigList, firstLetters, type Shape } from '../_big-list.ts'
import { measure, median, table } from '../_measure.ts'

// In a program that lives long, as the service does: how long does it take to say whether X is on a
// large list, to add X and to remove X? npm run bench -- members [SUBSCRIBERS [ROUNDS]]
const subscribers = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 101)
const shapes: readonly Shape[] = ['as names begin', 'all with one letter']

const rows: string[][] = []
for (const shape of shapes) {
  await using list = await bigList(subscribers, shape)
  rows.push(...(await ours(list, shape)))
  if (existsSync('/usr/bin/mlmmj-sub')) rows.push(await debian(list, shape))
}
const head = ['program', 'first letters', 'is X there', 'is Y not', 'add X', 'remove X', 'MB']
process.stdout.write(`Milliseconds, median (slowest):\n\n${table([head, ...rows])}\n`)

async function ours(list: ScratchList, shape: Shape): Promise<string[][]> {
  const roster = rosterOf(list.dir)
  const letters = firstLetters(shape)
  const change = async (how: 'add' | 'remove', who: string) => {
    const [done] = await roster.change([{ do: how, address: parseAddress(who), kind: 'normal' }])
    if (done === undefined || !done.startsWith(how === 'add' ? 'added' : 'removed'))
      throw new Error(`${who} was ${done}`)
  }
  const has = async (who: string, expected: boolean) => {
    if ((await roster.has(who)) !== expected) throw new Error(`${who} is ${!expected}`)
  }
  // The first look reads everything, the one a second later remembers it.
  const first = await timed(() => has('nobody@example.org', false))
  await sleep(1_100)
  const second = await timed(() => has('nobody@example.org', false))
  const [there, absent, added, removed]: number[][] = [[], [], [], []]
  for (let round = 0; round < rounds; round++) {
    const [old, fresh] = [
      address(letters, (round * 104_729) % subscribers),
      `new${address(letters, round)}`.replace(/^new(.)/, '$1new'),
    ]
    there?.push(await timed(() => has(old, true)))
    absent?.push(await timed(() => has(fresh, false)))
    added?.push(await timed(() => change('add', fresh)))
    there?.push(await timed(() => has(fresh, true)))
    removed?.push(await timed(() => change('remove', round % 2 === 0 ? fresh : old)))
  }
  const cells = [there, absent, added, removed].map((all = []) => shown(all))
  const looks = `first look ${first.toFixed(0)}, second ${second.toFixed(0)}`
  return [[`mlmmj-ts (${looks})`, shape, ...cells, memory()]]
}

/** A program for each change; it can say who is there by failing to add him. */
async function debian(list: ScratchList, shape: Shape): Promise<string[]> {
  const letter = firstLetters(shape).charAt(0)
  const [added, removed]: number[][] = [[], []]
  let mb = 0
  for (let round = 0; round < 11; round++) {
    const args = ['-L', list.dir, '-a', `${letter}debian${round}@example.net`, '-s', '-q']
    const adding = await measure('/usr/bin/mlmmj-sub', args)
    added?.push(adding.ms)
    const removing = await measure('/usr/bin/mlmmj-unsub', args)
    removed?.push(removing.ms)
    mb = Math.max(mb, adding.mb, removing.mb)
  }
  const changes = [added, removed].map((all = []) => shown(all))
  return ['mlmmj 1.3.0, a process each', shape, '', '', ...changes, mb.toFixed(0)]
}

async function timed(run: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await run()
  return performance.now() - began
}

function shown(all: readonly number[]): string {
  return `${median(all).toFixed(2)} (${Math.max(...all).toFixed(1)})`
}

/** The most that this process held so far. */
function memory(): string {
  const [, kb] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  return (Number(kb) / 1_024).toFixed(0)
}
