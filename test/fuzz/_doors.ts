import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import fc from 'fast-check'
import { isFault } from '../../src/base/fault.ts'
import { netstring, netstringReader } from '../../src/listener/netstring.ts'
import { httpHouse } from '../house/_http-house.ts'
import { lmtpHouse } from '../house/_lmtp-client.ts'
import { target } from './_target.ts'
import { address, laced, poison } from './_words.ts'

const argument = fc.oneof(
  fc.constantFrom(
    '-L',
    '-a',
    '-F',
    '-h',
    '--list',
    '--address',
    '--file',
    '-',
    '--once',
    '-m',
    '--json',
    '-s',
    '--force',
  ),
  address,
  laced(
    [
      'talk',
      '/',
      '..',
      'talk/../talk',
      '--list=',
      '-Ltalk',
      'example.org/',
      '0123456789abcdef',
      'none',
    ],
    4,
  ),
)

const program = fc.constantFrom(
  ...[
    'mlmmj-sub',
    'mlmmj-unsub',
    'mlmmj-list',
    'mlmmj-receive',
    'mlmmj-bounce',
    'mlmmj-send',
    'mlmmj-process',
  ],
  ...[
    'mlmmj-maintd',
    'mlmmj-make-ml',
    'mlmmj-doctor',
    'constructor',
    '__proto__',
    '/bin/sh',
    'mlmmj-listener',
  ],
)

/** A command in JSON, with anything wrong that there can be; or a text that is nearly JSON. */
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record(
        {
          'mlmmj-command': fc.oneof({ weight: 5, arbitrary: program }, fc.jsonValue()),
          args: fc.oneof(
            { weight: 5, arbitrary: fc.array(argument, { maxLength: 6 }) },
            {
              weight: 5,
              arbitrary: fc
                .array(argument, { maxLength: 4 })
                .map((more) => ['-L', 'talk', ...more]),
            },
            fc.jsonValue(),
          ),
          mail: fc.oneof(fc.base64String(), fc.constant(null), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  },
  fc
    .tuple(fc.constantFrom('['), fc.constantFrom(10, 5_000, 100_000))
    .map(([piece, count]) => piece.repeat(count)),
  laced([
    '{"mlmmj-command":',
    '"mlmmj-sub"',
    ',"args":[',
    '"-L"',
    ',',
    '"talk"',
    ']}',
    '\\u0000',
    '{"__proto__":{}}',
  ]),
)

export const json = target('listener JSON', body, async () => {
  const house = await httpHouse()
  return {
    async attempt(written) {
      const { code, json, text } = await house.ask('/', {
        method: 'POST',
        body: Buffer.from(written, 'latin1'),
      })
      assert.ok([200, 400, 403, 404, 409, 413, 429, 503].includes(code), `${code} ${text}`)
      assert.equal(typeof json['returncode'], 'number')
      assert.equal(
        json['returncode'] === 0,
        code === 200,
        'clients of the first listener look at the returncode',
      )
      const made = (await readdir(house.spoolDir)).filter((name) => !/^[\w.][\w.+-]*$/.test(name))
      assert.deepEqual(made, [])
      assert.deepEqual(await readdir(dirname(house.spoolDir)), ['spool'])
    },
    close: () => house[Symbol.asyncDispose](),
  }
})

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'LHLO client.example.net',
        'MAIL FROM:<ann@example.org>',
        'MAIL FROM:<>',
        'RCPT TO:<talk@example.org>',
      ],
      ...[
        'RCPT TO:<talk+help@example.org>',
        'DATA',
        'RSET',
        'NOOP',
        'VRFY talk',
        'EHLO x',
        'STARTTLS',
        'AUTH PLAIN',
      ],
      ...[
        'BDAT 10 LAST',
        'MAIL FROM:<ann@example.org> SIZE=99999999999',
        'RCPT TO:<talk+confsub-../x@example.org>',
      ],
    ),
  },
  address.map((one) => `MAIL FROM:<${one}>`),
  address.map((one) => `RCPT TO:<${one}>`),
  laced(['MAIL FROM:', 'RCPT TO:', '<', '>', 'talk', '@example.org', ' ', 'SIZE=1', 'LHLO'], 6),
)

const honest = [
  'LHLO client.example.net',
  'MAIL FROM:<ann@example.org>',
  'RCPT TO:<talk@example.org>',
  'DATA',
]

const dialogue = fc.tuple(
  fc.boolean(),
  fc.array(command, { maxLength: 6 }),
  fc.constantFrom('\r\n', '\r\n', '\n', '\r'),
  laced(['From: ann@example.org\r\n', '\r\n', 'hello\r\n', '.\r\n', '..\r\n', '\n.\n'], 8),
  fc.constantFrom('\r\n.\r\n', '\r\n.\r\nQUIT\r\n', '', '\n.\n'),
)

/** Says everything at once, hangs up its side, and answers with what the server said to it. */
function conversation(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
    socket.setTimeout(4_000, () => {
      socket.destroy()
      reject(new Error(`the server is silent behind ${JSON.stringify(heard.slice(-200))}`))
    })
    socket.end(Buffer.from(text, 'latin1'))
  })
}

export const lmtp = target('LMTP dialogue', dialogue, async () => {
  const house = await lmtpHouse()
  const incoming = async () =>
    (await house.list.names('incoming')).filter((name) => !name.includes('.')).length
  let before = 0
  return {
    async attempt([isHonest, more, lineEnd, mail, end]) {
      const commands = [...(isHonest ? honest : []), ...more]
      const heard = await conversation(
        house.port,
        `${commands.join(lineEnd)}${lineEnd}${mail}${end}`,
      )
      for (const line of heard.split('\r\n').slice(0, -1))
        assert.match(line, /^[2345]\d\d[ -][\t\x20-\xff]*$/)
      assert.ok(!/^2\d\d .*poison/im.test(heard), heard)
      const stored = heard.match(/^250 2\.6\.0 stored as /gm)?.length ?? 0
      const after = await incoming()
      // A command at a time may be answered by another 250, so what is counted is what lies there.
      assert.ok(
        after - before >= 0 && after - before >= Math.min(stored, 1),
        `${stored} answers, ${after - before} mails`,
      )
      before = after
      assert.deepEqual(await readdir(house.spoolDir), ['talk'])
      assert.deepEqual(
        (await readdir(house.list.dir)).filter((name) => /poison|passwd/.test(name)),
        [],
      )
    },
    close: () => house[Symbol.asyncDispose](),
  }
})

export const netstrings = target(
  'netstrings',
  fc.array(
    fc.oneof(
      poison,
      address.map((key) => netstring(`virtual ${key}`).toString('latin1')),
      fc.constantFrom('5:', '99999999999:', '-1:x,', '3:abc,', '3:abcd', ':', '00:,', '0:,'),
    ),
    { maxLength: 6 },
  ),
  () => ({
    attempt(chunks) {
      const reader = netstringReader()
      try {
        for (const chunk of chunks)
          for (const found of reader.take(Buffer.from(chunk, 'latin1')))
            assert.ok(found.length <= 100_000)
      } catch (thrown) {
        if (!isFault(thrown, 'badUsage')) throw thrown
      }
    },
  }),
)
