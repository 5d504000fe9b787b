import { readStatusPart } from './_report-status.ts'
import { readRejection } from './_report-rejection.ts'
import { readTextReport, type TextKind } from './_report-text.ts'
import { partsOf, readEntity, type Entity } from './mime-parts.ts'

export { isPolicyRefusal } from './_report-codes.ts'

/** Somebody whom a mail did not reach, and will not. Everything is a byte string. */
export interface FailedRecipient {
  /** What he may be called, the likeliest first: a forwarded address has an original one too. */
  readonly addresses: readonly string[]
  /** The enhanced status code (RFC 3463), such as `5.1.1`. */
  readonly status: string | undefined
  /** What the other side said, on one line. */
  readonly diagnostic: string | undefined
  /** Refused for what the mail or its sender is, so nothing is wrong with the address. */
  readonly policy: boolean
}

/** What a mail says that programs write about other mail. */
export interface Report {
  /**
   * `dsn`: a delivery report (RFC 3464). `rejection`: a refusal in the shape of a receipt (RFC 5429).
   * `notice`: nothing has failed, as in a warning of delay, or a receipt. The others are texts for
   * people, in the manner of the named program.
   */
  readonly kind: 'dsn' | 'rejection' | 'notice' | TextKind
  /** Whoever is delayed, or was reached, is not among them. */
  readonly recipients: readonly FailedRecipient[]
}

/** No report is found behind these limits; they keep a hostile mail cheap. */
const mostBytes = 8_388_608
const mostParts = 100
const mostDepth = 4
const mostPartHead = 8_192

/**
 * Reads a mail that may be a report of failed delivery: RFC 3464 (also RFC 6533, also inside another
 * multipart), or the usual texts of Exim, qmail, Exchange, sendmail and others. Linear in the size of
 * the mail. Only addresses that stand as failed recipients are given; none is guessed.
 *
 * @returns undefined when this is no report of a known shape.
 */
export function readReport(mail: Buffer): Report | undefined {
  const entities = [...entitiesOf(mail.subarray(0, mostBytes))]
  const top = entities[0]
  if (top === undefined) return undefined
  const states = entities.filter(({ type }) => statusTypes.has(type.type))
  if (states.length > 0) {
    const recipients = states.flatMap(readStatusPart)
    return { kind: recipients.length > 0 ? 'dsn' : 'notice', recipients }
  }
  const receipt = entities.find(({ type }) => type.type === 'message/disposition-notification')
  if (receipt !== undefined) {
    const recipients = readRejection(receipt, firstText(entities))
    return { kind: recipients.length > 0 ? 'rejection' : 'notice', recipients }
  }
  return readTextReport(top.head, firstText(entities))
}

const statusTypes = new Set(['message/delivery-status', 'message/global-delivery-status'])

function firstText(entities: readonly Entity[]): Entity | undefined {
  return entities.find(({ type }) => type.type === 'text/plain')
}

/** The mail and its parts, each before its own parts; not what is inside a returned mail. */
function* entitiesOf(mail: Buffer): Generator<Entity> {
  const waiting = [{ entity: readEntity(mail), depth: 0 }]
  for (let count = 0; count < mostParts; count++) {
    const next = waiting.shift()
    if (next === undefined) return
    yield next.entity
    if (next.depth === mostDepth) continue
    for (const entity of partsOf(next.entity, mostPartHead)) {
      waiting.push({ entity, depth: next.depth + 1 })
      if (waiting.length >= mostParts) break
    }
  }
}
