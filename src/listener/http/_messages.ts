import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asFault, isFault } from '../../base/fault.ts'
import { bytesFromText } from '../../base/bytes.ts'
import { events } from '../../base/events.ts'
import type { House } from '../../flows/house.ts'
import { openList } from '../../flows/open-list.ts'
import { receive } from '../../flows/receive.ts'
import { matchAddress } from '../../list/identity.ts'
import type { Arrival } from '../../message/arrival.ts'
import { absentList, namedList } from '../named-list.ts'
import { refusalOf, refuse, wrongRequest, type Refusal } from './_answer.ts'
import { bodyOf } from './_body.ts'

export interface MessagesOptions {
  readonly house: House
  readonly spoolDir: string
  readonly mostBytes: number
  stored(listDir: string): void
}

/** Where each part of the envelope may stand: in the query, or in a header field. */
const envelopeFields = {
  sender: 'x-envelope-from',
  recipient: 'x-envelope-to',
  extension: 'x-envelope-extension',
} as const

type Envelope = Partial<Record<keyof typeof envelopeFields, string>>
type Request = FastifyRequest<{
  Params: { readonly name: string; readonly domain?: string }
  Querystring: Readonly<Record<string, string | readonly string[]>>
}>

/** Mail types of RFC 2046 5.2.1 and RFC 6532 3.7. */
const mailTypes = ['message/rfc822', 'message/global']
/** No part of an envelope is longer (RFC 5321 4.5.3.1 allows 256). */
const longest = 1_000

/**
 * A way in for mail: the body is the mail, streamed into the incoming/ of the list that the path
 * names, and acknowledged with 202 when it is there to stay.
 */
export function messageRoutes(app: FastifyInstance, options: MessagesOptions): void {
  const take = async (request: Request, reply: FastifyReply) => {
    const wrong = wrongHead(request)
    if (wrong !== undefined) return await refuse(reply, wrong)
    try {
      const listDir = namedList(options.spoolDir, listName(request.params))
      const id = await store(request, listDir, options)
      options.stored(listDir)
      return await reply.code(202).send({ id: id.slice(0, 8), status: '2.6.0' })
    } catch (thrown) {
      const fault = asFault(thrown)
      if (fault.retry) events.commandFailed('http', fault)
      return await refuse(reply, refusalOf(fault))
    }
  }
  app.post('/lists/:name/messages', take)
  app.post('/lists/:domain/:name/messages', take)
}

function listName({ domain, name }: Request['params']): string {
  return domain === undefined ? name : `${domain}/${name}`
}

async function store(
  request: Request,
  listDir: string,
  { house, spoolDir, mostBytes }: MessagesOptions,
): Promise<string> {
  try {
    const arrival = await arrivalOf(envelopeOf(request), listDir)
    return await receive(house, listDir, bodyOf(request.raw, mostBytes), arrival)
  } catch (thrown) {
    throw isFault(thrown, 'noSuchList') ? await absentList(spoolDir, listDir) : thrown
  }
}

/** What is wrong with a request whoever the list is. */
function wrongHead({ headers, query, raw }: Request): Refusal | undefined {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  if (!mailTypes.includes(type.trim().toLowerCase()))
    return wrongRequest(415, 'the body must be a mail: Content-Type: message/rfc822')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return wrongRequest(415, 'a mail is taken as it is, without Content-Encoding')
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(envelopeFields, name))
      return wrongRequest(400, 'the query may hold sender, recipient and extension, nothing else')
    if (typeof value !== 'string') return wrongRequest(400, `${name} is given more than once`)
  }
  for (const [name, field] of Object.entries(envelopeFields)) {
    const times = (raw.headersDistinct[field]?.length ?? 0) + (query[name] === undefined ? 0 : 1)
    if (times > 1) return wrongRequest(400, `${name} is given more than once`)
  }
  for (const [name, value] of Object.entries(envelopeOf({ headers, query })))
    if (value.length > longest || /[\x00-\x1f\x7f]/.test(value))
      return { http: 400, status: '5.5.4', message: `the ${name} cannot be one of an envelope` }
  return undefined
}

/** The envelope as byte strings. Node reads header fields as latin1, which is what those are. */
function envelopeOf({ headers, query }: Pick<Request, 'headers' | 'query'>): Envelope {
  const envelope: Envelope = {}
  for (const [name, field] of Object.entries(envelopeFields)) {
    const [asked, written] = [query[name], headers[field]]
    const value = typeof asked === 'string' ? bytesFromText(asked) : written
    if (typeof value === 'string') envelope[name as keyof Envelope] = value
  }
  return envelope
}

/**
 * The extension is found in the recipient when the mail server does not split addresses, or does so
 * at another character than the list. The recipient's domain may be a stand-in that leads to us.
 */
async function arrivalOf(
  { sender: from, recipient, extension }: Envelope,
  listDir: string,
): Promise<Arrival> {
  // Postfix's pipe(8) writes the null reverse-path so, unless null_sender says otherwise.
  const sender = from === '<>' || from === 'MAILER-DAEMON' ? '' : from
  if (recipient === undefined || extension) return { sender, extension }
  const { identity } = await openList(listDir)
  const local = recipient.slice(0, Math.max(recipient.lastIndexOf('@'), 0))
  const match =
    matchAddress(identity, recipient) ?? matchAddress(identity, `${local}@${identity.fqdn}`)
  return { sender, extension: match?.extension ?? extension }
}
