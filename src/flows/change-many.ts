import { asciiLower, bareBytes } from '../base/bytes.ts'
import { parseAddress, whyNoAddress, type Address } from '../message/address.ts'
import {
  versionsOf,
  whyNoSubscriber,
  type SubscriptionType,
  type Version,
} from '../policy/subscription.ts'
import { rosterOf, type Change } from '../spool/roster.ts'
import { answerMail } from './_subscription-mails.ts'
import type { OpenList, Replies } from './reply-request.ts'

/** How many addresses are changed at once: enough to be quick, few enough to be remembered. */
const batchSize = 20_000

const versions: readonly Version[] = ['normal', 'digest', 'nomail']

/** Many addresses that join or leave alike; asking, holding and notices are for single ones. */
export type Bulk =
  | { readonly do: 'sub'; readonly type: SubscriptionType }
  | { readonly do: 'unsub'; readonly type: Version | 'all' }

/** Hears how far it is. Lines are counted from 1. */
export interface BulkWatcher {
  rejected(line: number, text: string, why: string): Promise<void>
  progress(addresses: number): Promise<void>
}

export interface BulkResult {
  readonly changed: number
  readonly unchanged: number
  readonly rejected: number
}

/**
 * Subscribes or unsubscribes the addresses of a file, one on a line, in any number. Lines that are
 * blank are passed over; whatever is no address is rejected and the rest is done.
 *
 * @param lines byte strings without line ends
 * @param replies tells each address whose subscription was changed; nobody is told without it
 */
export async function changeMany(
  list: OpenList,
  bulk: Bulk,
  lines: AsyncIterable<string>,
  watcher: BulkWatcher,
  replies: Replies | undefined,
): Promise<BulkResult> {
  const result = { changed: 0, unchanged: 0, rejected: 0 }
  let batch = new Set<Address>()
  let number = 0
  for await (const line of lines) {
    number += 1
    const text = bareBytes(line)
    if (text === '') continue
    const why = bulk.do === 'sub' ? whyNoSubscriber(list.identity, text) : whyNoAddress(text)
    if (why === undefined) batch.add(parseAddress(asciiLower(text)))
    else {
      result.rejected += 1
      await watcher.rejected(number, text, why)
    }
    if (batch.size < batchSize) continue
    await finish()
  }
  await finish()
  return result

  async function finish(): Promise<void> {
    const changed = await changeBatch(list, bulk, [...batch])
    result.changed += changed.length
    result.unchanged += batch.size - changed.length
    batch = new Set()
    for (const who of replies === undefined ? [] : changed)
      await replies?.send(list, answerMail('finish', bulk.do, who, 'admin', bulk.type))
    await watcher.progress(result.changed + result.unchanged)
  }
}

/** Answers with the addresses for which something was changed. */
async function changeBatch(
  list: OpenList,
  bulk: Bulk,
  batch: readonly Address[],
): Promise<readonly Address[]> {
  const changes = batch.flatMap((address) => changesOf(bulk, address))
  const results = await rosterOf(list.dir).change(changes)
  const changed = changes.flatMap(({ address }, at) =>
    results[at] === 'added' || results[at] === 'removed' ? [address] : [],
  )
  return [...new Set(changed)]
}

function changesOf(bulk: Bulk, address: Address): readonly Change[] {
  if (bulk.do === 'unsub')
    return versions
      .filter((kind) => bulk.type === 'all' || bulk.type === kind)
      .map((kind) => ({ do: 'remove', address, kind }))
  const wanted = versionsOf(bulk.type)
  return versions.map((kind) => ({ do: wanted.includes(kind) ? 'add' : 'remove', address, kind }))
}
