import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { smtpTransport } from '../../src/delivery/smtp.ts'
import type { Relay } from '../../src/delivery/transport.ts'
import { deliverPending } from '../../src/flows/pending.ts'
import { scratchList, type ScratchList } from '../_list.ts'
import { post } from '../_mail.ts'
import { deadPort } from '../_sink.ts'
import {
  drop,
  endless,
  quick,
  relayThat,
  stall,
  trickle,
  within,
  type Script,
} from './_delivery-relay.ts'

/** What becomes of a post to two subscribers. */
export type Outcome = 'sent' | 'waits' | 'bounces' | 'given up'

/** A step of the conversation, what the relay does there, and what becomes of a post. */
export interface Row {
  readonly step: string
  readonly relay: string
  readonly outcome: Outcome
  /** The relay has the whole mail and does not say what it did with it: it may come twice. */
  readonly twice?: true
  readonly script: Script
  readonly security?: Relay['security']
}

type Step = 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'dot' | 'QUIT'

const shownStep: Readonly<Record<Step, string>> = {
  greeting: 'greeting',
  EHLO: 'EHLO',
  MAIL: 'MAIL FROM',
  RCPT: 'RCPT TO',
  DATA: 'DATA',
  dot: 'end of the mail',
  QUIT: 'QUIT',
}

/** What each step's good answer looks like in several lines. */
const manyLines: Readonly<Record<Step, string>> = {
  greeting: '220-relay.example.net\r\n220-says\r\n220 good day',
  EHLO: '250-relay.example.net\r\n250-PIPELINING\r\n250 SIZE 50000000',
  MAIL: '250-2.1.0 yes\r\n250 2.1.0 go on',
  RCPT: '250-2.1.5 yes\r\n250 2.1.5 go on',
  DATA: '354-send\r\n354 it',
  dot: '250-2.0.0 taken\r\n250 2.0.0 thanks',
  QUIT: '221-2.0.0 good\r\n221 2.0.0 bye',
}

const faults: Readonly<Record<string, string>> = {
  'hangs up': drop,
  'says nothing': stall,
  'says what is no reply': '*** hm',
  'never ends its reply': endless,
  'says its reply a byte at a time, without an end': trickle,
  'answers 421': `421 4.3.2 closing${drop}`,
  'answers 450': '450 4.2.0 not now',
  'answers 550': '550 5.1.1 no',
  'refuses by policy (550 5.7.1)': '550 5.7.1 we do not like that',
}

/** Who is answered is served, whatever the relay does afterwards. */
function outcomeAt(step: Step, what: string): Pick<Row, 'outcome' | 'twice'> {
  if (step === 'QUIT' || what === 'answers in several lines') return { outcome: 'sent' }
  if (step === 'RCPT' && what === 'answers 550') return { outcome: 'bounces' }
  if (step === 'RCPT' && what.startsWith('refuses')) return { outcome: 'given up' }
  if (step === 'dot' && /550/.test(what)) return { outcome: 'given up' }
  // HELO is tried, on a connection of its own.
  if (step === 'EHLO' && /answers 450|550/.test(what)) return { outcome: 'sent' }
  const unanswered = step === 'dot' && !what.startsWith('answers')
  return { outcome: 'waits', ...(unanswered ? { twice: true } : {}) }
}

const steps = Object.keys(shownStep) as Step[]
const startTls = { offers: ['PIPELINING', 'STARTTLS'] }
const demanded = { tls: 'starttls' } as const

/** Everything that a relay is seen to do wrong, and what comes of it. */
export const relayFaults: readonly Row[] = [
  { step: 'connection', relay: 'is refused', outcome: 'waits', script: { port: -1 } },
  ...steps.flatMap((step) => [
    ...Object.entries(faults).map(([relay, answer]) => ({
      ...{ step: shownStep[step], relay, ...outcomeAt(step, relay) },
      script: { [step]: answer },
    })),
    {
      ...{ step: shownStep[step], relay: 'answers in several lines' },
      ...outcomeAt(step, 'answers in several lines'),
      script: { [step]: manyLines[step] },
    },
  ]),
  ...[
    ['is not offered, and demanded here', { offers: ['PIPELINING'] }],
    ['answers 454', { ...startTls, STAR: '454 4.7.0 no TLS now' }],
    ['hangs up', { ...startTls, STAR: drop }],
    ['hangs up behind 220', { ...startTls, STAR: `220 2.0.0 go on${drop}` }],
    ['says nothing behind 220', { ...startTls, STAR: '220 2.0.0 go on' }],
    ['goes on in clear text behind 220', { ...startTls, STAR: '220 2.0.0 go on\r\n250 hello' }],
  ].map(([relay, script]): Row => ({
    ...{ step: 'STARTTLS', relay: String(relay), outcome: 'waits' },
    ...{ script: script as Script, security: demanded },
  })),
]

/** Plays a row, and then a relay that is well; what became of the post. */
export async function play({ script, security }: Row): Promise<{
  /** Undefined: some of one, some of another. */
  readonly outcome: Outcome | undefined
  /** Copies that the relay took when it was well, by recipient. */
  readonly later: readonly string[]
}> {
  const gone = script.port === -1
  await using relay = await relayThat(gone ? {} : script)
  await using healthy = await relayThat()
  const port = gone ? await deadPort() : relay.port
  await using list = await scratchList({
    subscribers: people,
    files: {
      index: '1',
      'archive/1': post(),
      'requeue/1/subscribers': `${people.join('\n')}\n`,
    },
  })
  await attempt(list, { port, ...(security === undefined ? {} : { security }) }, isSlow(script))
  const outcome = await outcomeOf(list, relay.mails.flatMap(({ to }) => to).length)
  if (outcome === 'waits') await attempt(list, { port: healthy.port }, false)
  return { outcome, later: healthy.mails.flatMap(({ to }) => to).sort() }
}

export const people = ['ann@example.org', 'bob@example.net']

/** A relay that says nothing shall be left soon; any other has all the time that a busy machine needs. */
function isSlow(script: Script): boolean {
  return /STALL|ENDLESS|TRICKLE|220 2.0.0 go on/.test(JSON.stringify(script))
}

async function attempt(
  list: ScratchList,
  relay: Pick<Relay, 'port' | 'security'>,
  hurry: boolean,
): Promise<void> {
  const house = openHouse(readConfig({ MLMMJ_TEXTS: `${process.cwd()}/texts` }))
  const there: Relay = { host: '127.0.0.1', helo: 'lists.example.org', connections: 1, ...relay }
  await deliverPending(
    {
      ...house,
      transport: smtpTransport({ deadlines: hurry ? within(150) : { ...quick, quit: 2_000 } }),
      relayOf: () => Promise.resolve(there),
    },
    list.dir,
  )
}

async function outcomeOf(list: ScratchList, taken: number): Promise<Outcome | undefined> {
  const waiting = await list.waiting()
  const bouncing = await list.names('bounce')
  switch (`${taken} taken, ${waiting.length} wait, ${bouncing.length} bounce`) {
    case '2 taken, 0 wait, 0 bounce':
      return 'sent'
    case '0 taken, 2 wait, 0 bounce':
      return 'waits'
    case '0 taken, 0 wait, 2 bounce':
      return 'bounces'
    case '0 taken, 0 wait, 0 bounce':
      return 'given up'
    default:
      return undefined
  }
}

/** docs/relay-faults.md */
export function relayFaultsPage(): string {
  const rows = relayFaults.map(({ step, relay, outcome, twice }) => {
    const words = twice ? 'waits; may come twice' : outcome
    return `| ${step} | ${relay} | ${words} |`
  })
  return [
    '# What a relay can do wrong, and what becomes of a post',
    '',
    '`test/house/relay-faults.test.ts` plays each row and compares this page with its table;',
    '`npm run relay-faults` writes it.',
    '',
    '- **sent**: everybody has it, and it is not tried again.',
    '- **waits**: it stays in `requeue/` for everybody who was not answered for, and is tried again: by',
    '  the service after 1, 2, 4 … 30 minutes, else by the next worker and by `mlmmj-maintd`.',
    '- **waits; may come twice**: as above, but the relay had the whole mail and did not say what it did',
    '  with it. Rather twice than never.',
    '- **bounces**: the recipient is not asked again about this post, and is noted as bouncing.',
    '- **given up**: as above, but it is not held against the recipient: the relay does not like the mail.',
    '',
    'Whoever still waits after `control/bouncelife` (5 days) is given up and noted as bouncing. A mail',
    'of the list’s own in `queue/`, such as a question to confirm, goes the same ways.',
    '',
    '| At | the relay | the post |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
