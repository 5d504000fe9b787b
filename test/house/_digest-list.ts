import { realChance, type Chance } from '../../src/base/chance.ts'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { runDigest } from '../../src/flows/digest.ts'
import type { House } from '../../src/flows/house.ts'
import { openList } from '../../src/flows/open-list.ts'
import { scratchList, type ListSetup, type ScratchList } from '../_list.ts'

export const readers = ['ann@example.org', 'bob@example.net', 'cat@sub.example.org']

/** Our programs' inside, sending to 127.0.0.1. `chance` replaces parts of time and chance. */
export function houseWith(chance: Partial<Chance> = {}): House {
  const house = openHouse(readConfig({ MLMMJ_TEXTS: `${process.cwd()}/texts` }))
  return { ...house, zoneMinutes: () => 0, chance: { ...realChance, ...chance } }
}

/** A list with readers of digests, whose archive holds these posts, numbered from 1. */
export async function listWithPosts(
  port: number,
  posts: readonly string[],
  { control = {}, files = {}, ...setup }: ListSetup = {},
): Promise<ScratchList> {
  const archive = posts.map((post, place) => [`archive/${place + 1}`, post] as const)
  return await scratchList({
    port,
    digesters: readers,
    subscribers: [],
    control: { digestinterval: '0\n', ...control },
    files: { index: `${posts.length}`, ...Object.fromEntries(archive), ...files },
    ...setup,
  })
}

export async function digestOf(list: ScratchList, house = houseWith()) {
  return await runDigest(house, await openList(list.dir))
}

/** A mail taken apart: its header lines, unfolded, and what the boundary it names divides. */
export interface Parted {
  readonly header: readonly string[]
  readonly parts: readonly { readonly header: readonly string[]; readonly body: string }[]
}

/** Reads a digest as RFC 2046 5.1.1 says. Line ends on the wire are CRLF; the answer has LF. */
export function takeApart(mail: Buffer): Parted {
  const text = mail.toString('latin1').replaceAll('\r\n', '\n')
  const whole = divide(text)
  const type = whole.header.find((line) => line.startsWith('Content-Type: multipart/digest;'))
  const boundary = /boundary="([0-9a-f]{16})"/.exec(type ?? '')?.[1] ?? 'none'
  const pieces = `\n${whole.body}`.split(`\n--${boundary}`)
  const end = pieces.pop()
  if (end !== '--\n') throw new RangeError(`the digest ends with ${JSON.stringify(end)}`)
  return {
    header: whole.header,
    parts: pieces.slice(1).map((piece) => divide(piece.slice(1))),
  }
}

function divide(text: string) {
  const end = text.indexOf('\n\n')
  const header = text.slice(0, end).replace(/\n(?=[ \t])/g, '')
  return { header: header.split('\n'), body: text.slice(end + 2) }
}
