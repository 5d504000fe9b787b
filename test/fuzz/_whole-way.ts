import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { openHouse } from '../../src/app.ts'
import { log } from '../../src/base/events.ts'
import { readConfig } from '../../src/config.ts'
import { drainIncoming } from '../../src/flows/drain-incoming.ts'
import { receive } from '../../src/flows/receive.ts'
import { maintain } from '../../src/flows/upkeep.ts'
import { readHead } from '../../src/message/head.ts'
import { quickRoom } from '../house/_planted.ts'
import { scratchList } from '../_list.ts'
import { startSink } from '../_sink.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { head, mail } from './_mail.ts'
import { target } from './_target.ts'
import { address, injected, laced } from './_words.ts'

/** Half of them are posts, of somebody whom the list takes them from. */
const extension = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.constantFrom(
    'help',
    'faq',
    'list',
    'subscribe',
    'unsubscribe',
    'owner',
    'get-1',
    'subscribe-digest',
  ),
  laced(
    [
      'confsub-',
      'bounces-',
      '1-',
      'joe=example.net',
      '../',
      '0123456789abcdef',
      'release-',
      'get-',
      'owner',
      'probe-',
    ],
    4,
  ),
  address.map((one) => `bounces-1-${one.replace('@', '=')}`),
)

/** Settings that answer posts with quoted mail, or add to them. */
const settings = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { moderated: '', notifysub: '' },
  { subonlypost: '' },
  { closedlist: '', replyto: '' },
  { prefix: '[talk]', footer: 'bye\n' },
  { access: 'deny-why ^subject: a\nmoderate !^from:.*joe\nallow\n' },
  { maxmailsize: '2000', submod: 'owner@example.org\n' },
)

const whole = fc
  .tuple(
    fc.constantFrom(
      '',
      'From: joe@example.org\n',
      'From: Joe <joe@example.org>\r\nSubject: hi\r\n',
    ),
    fc.oneof(mail, head),
  )
  .map((pieces) => pieces.join(''))

const known = new Set([
  ...[
    'archive',
    'bounce',
    'control',
    'digesters.d',
    'incoming',
    'index',
    'lastdigest',
    'moderation',
    'nomailsubs.d',
  ],
  ...[
    'queue',
    'requeue',
    'subconf',
    'subscribers.d',
    'text',
    'unsubconf',
    '.mlmmj-ts',
    'mlmmj.operation.log',
  ],
  ...['mlmmj-ts.log', 'mlmmj-maintd.lastrun.log'],
])

/** From incoming/ to the relay: what a mail of anybody leads to, on disk and on the wire. */
export const wholeWay = target(
  'whole mails',
  fc.tuple(whole, extension, address, settings),
  async () => {
    const scratch = await mkdtemp(join(quickRoom(), 'mlmmj-fuzz-'))
    const sink = await startSink()
    const house = openHouse(readConfig({ MLMMJ_TEXTS: join(process.cwd(), 'texts') }))
    const told: string[] = []
    let [played, posts] = [0, 0]
    const hear = (line: unknown) => void told.push(String(line))
    log.subscribe(hear)
    return {
      async attempt([written, asked, sender, control]) {
        sink.taken.length = sink.steps.length = told.length = 0
        await using list = await scratchList({
          ...{
            below: scratch,
            port: sink.port,
            subscribers: ['joe@example.org', 'ann@example.org'],
          },
          control: { ...control, moderators: 'mod@example.org\n', addtohdr: '', tocc: '' },
        })
        const clean = {
          sender: sender.replace(/[\r\n\0]/g, ''),
          extension: asked.replace(/[\r\n\0]/g, ''),
        }
        await receive(house, list.dir, chunks(written), clean)
        await drainIncoming(house, list.dir)
        await maintain(house, list.dir)
        assert.deepEqual(
          await readdir(scratch),
          ['talk'],
          'something was written outside of the list',
        )
        for (const name of await readdir(list.dir))
          assert.ok(known.has(name), `${name} has no business in a list`)
        for (const { verb, argument } of sink.steps) {
          if (verb === 'MAIL') assert.match(argument, /^FROM:<[^<>\0-\x20\x7f]*>( [A-Z0-9=-]+)*$/)
          if (verb === 'RCPT') assert.match(argument, /^TO:<[^<>\0-\x20\x7f]+>( [A-Z0-9=-]+)*$/)
        }
        played++
        if (sink.taken.some(({ from }) => /\+bounces-1-/.test(from))) posts++
        const own = readHead(Buffer.from(written, 'latin1')).fields.some(
          ({ name }) => name.trim() === injected,
        )
        for (const { mail, to } of sink.taken) {
          assert.ok(
            !to.includes('poison@example.net') || /poison@example\.net/.test(written + sender),
          )
          const { fields } = readHead(mail)
          if (!own)
            assert.ok(!fields.some(({ name }) => name.trim() === injected), mail.toString('latin1'))
          assert.ok(
            !/(^|[^\r])\n|\r\./.test(mail.toString('latin1')),
            'a bare LF, or a CR before a dot, on the wire',
          )
        }
        for (const line of told)
          assert.match(line, /^[a-z-]+ [^\0-\x1f\x7f-\x9f]*$/, 'an event is one line')
      },
      async close() {
        log.unsubscribe(hear)
        await sink.close()
        assert.ok(played < 30 || posts > played / 8, `only ${posts} of ${played} were sent on`)
        await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
      },
    }
  },
  30_000,
)

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1')
}
