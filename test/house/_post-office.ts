import { startSink, type Transaction } from '../_sink.ts'
import type { ListSetup, ScratchList } from '../_list.ts'
import { pause } from '../_until.ts'
import { greeted } from './_lmtp-client.ts'
import { serviceHouse } from './_service-house.ts'

export interface Letter {
  readonly from: string
  readonly to: string
  readonly mail: string
}

/** What a person, or his vacation responder, writes when a mail comes; undefined for nothing. */
export type Person = (came: Letter) => Letter | undefined

/** A service, its lists, and everybody around them; what anybody writes is brought to whom it is for. */
export interface PostOffice extends AsyncDisposable {
  readonly lists: ReadonlyMap<string, ScratchList>
  /** Everything that came out of the lists, in its order. */
  readonly delivered: readonly Transaction[]
  /** Everything that anybody wrote to a list, the first letters among it. */
  readonly written: readonly Letter[]
  write(letter: Letter): Promise<void>
  /** Brings mail until nobody writes any more; false when that does not end within so many mails. */
  settles(mostMails: number): Promise<boolean>
}

/** Nothing is on its way when nothing was seen for so long. */
const quietMs = 400

export async function postOffice(
  setups: readonly (ListSetup & { readonly address: string })[],
  people: Readonly<Record<string, Person>> = {},
): Promise<PostOffice> {
  const sink = await startSink({ features: ['PIPELINING', '8BITMIME'] })
  const house = await serviceHouse()
  const lists = new Map<string, ScratchList>()
  for (const setup of setups)
    lists.set(setup.address, await house.list({ port: sink.port, ...setup }))
  const service = await house.start()
  const written: Letter[] = []
  let brought = 0

  const write = async (letter: Letter) => {
    written.push(letter)
    await using client = await greeted(service.ports.lmtp)
    await client.post([letter.to], letter.mail, letter.from)
  }
  const bring = async ({ from, to: [to = ''], mail }: Transaction) => {
    // As a mail server does: the trace in front tells where it came from.
    const trace = `Return-Path: <${from}>\r\nReceived: by mx.example.org; now\r\n`
    const came = { from, to, mail: trace + mail.toString('latin1') }
    if (isBelow(to, lists)) return await write(came)
    const answer = people[to]?.(came)
    if (answer !== undefined && isBelow(answer.to, lists)) await write(answer)
    else if (answer !== undefined) {
      const back = people[answer.to]?.({ ...answer })
      if (back !== undefined && isBelow(back.to, lists)) await write(back)
    }
  }
  return {
    lists,
    delivered: sink.taken,
    written,
    write,
    settles: async (mostMails) => {
      for (let quiet = 0; quiet < quietMs; quiet += 20) {
        for (let next = sink.taken[brought]; next !== undefined; next = sink.taken[brought]) {
          if (sink.taken.length > mostMails || written.length > mostMails) return false
          brought++
          quiet = 0
          await bring(next)
        }
        await pause(20)
        if (await isBusy(lists)) quiet = 0
      }
      return true
    },
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]()
      await sink.close()
    },
  }
}

/** Something still waits to be processed or delivered. */
async function isBusy(lists: ReadonlyMap<string, ScratchList>): Promise<boolean> {
  for (const list of lists.values())
    for (const shelf of ['incoming', 'requeue', 'queue'])
      if ((await list.names(shelf)).some((name) => name !== 'discarded')) return true
  return false
}

function isBelow(address: string, lists: ReadonlyMap<string, ScratchList>): boolean {
  return [...lists.keys()].some((list) => {
    const [name = '', domain = ''] = list.split('@')
    const isOurs = address === list || address.startsWith(`${name}+`)
    return isOurs && address.endsWith(`@${domain}`)
  })
}

/** The value of a header field of a letter. */
export function field(mail: string, name: string): string | undefined {
  const head = mail.slice(0, mail.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  return new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(head)?.[1]
}

export function letterOf(
  from: string,
  to: string,
  headers: readonly string[] = [],
  envelopeFrom = from,
): Letter {
  const head = [`From: ${from}`, `To: ${to}`, 'Subject: hello', ...headers].join('\r\n')
  return { from: envelopeFrom, to, mail: `${head}\r\n\r\nhow are you?\r\n` }
}

/** The bare address in a field. */
export function addressIn(value = ''): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.trim()
}
