import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { bytesFromText } from '../../src/base/bytes.ts'
import { isFault } from '../../src/base/fault.ts'
import { renderDigestText } from '../../src/compose/text/digest-text.ts'
import { renderMail, type MailOrder } from '../../src/compose/text/render-mail.ts'
import { identityOf } from '../../src/list/identity.ts'
import { readHead } from '../../src/message/head.ts'
import { target } from './_target.ts'
import { address, injected, laced, mutated, text } from './_words.ts'

/** Texts that owners of lists might have: those of the cases of the language, and our own. */
const cases = readdirSync('test/listtext-cases').flatMap((name) => {
  const { files } = JSON.parse(readFileSync(`test/listtext-cases/${name}`, 'utf8')) as {
    files: Readonly<Record<string, string>>
  }
  return Object.values(files).map(bytesFromText)
})
const ours = readdirSync('texts/en').map((name) => readFileSync(`texts/en/${name}`, 'latin1'))
const honest = [...cases, ...ours].filter((source) => source.length < 8_000)

/** Texts that put what they are told into their header, as an owner may wish. */
const inHeader = fc
  .array(
    fc
      .tuple(
        fc.constantFrom('Subject', 'X-About', 'Comments', 'Keywords', 'X-Long'),
        fc.constantFrom('', '', 'Re: ', '%wrap 30%', '%wrapc 20%', '%wrap%', '(', '\\/'),
        fc.constantFrom(
          '$subject$',
          '$subaddr$',
          '$posteraddr$',
          '%moderators%',
          '$bouncenumbers$',
          '$originalmail$',
        ),
        fc.constantFrom('', ' and so on', ')', '%endif%', '$list$'),
      )
      .map(([name, ...parts]) => `${name}: ${parts.join('')}\n`),
    { minLength: 1, maxLength: 4 },
  )
  .map((fields) => `${fields.join('')}\nhello $subject$\n`)

const values = fc.record({
  subject: text,
  subaddr: address,
  newsub: address,
  postaddr: address,
  confirmaddr: address,
  releaseaddr: address,
  posteraddr: address,
  digestissue: fc.constantFrom('1', '2\n3'),
  digestinterval: text,
  bouncenumbers: text,
  maxmailsize: text,
})

const order = fc.record({
  values,
  items: fc.array(fc.oneof(address, text), { maxLength: 5 }),
  original: fc.array(
    laced(['Subject: ', 'hello', '\n', 'From: joe@example.org', '%', '$list$', '> '], 5),
    { maxLength: 6 },
  ),
  from: address,
  to: address,
  included: laced(
    ['line\n', '%text included%', '$control included$', '$subject$', '%moderators%'],
    5,
  ),
  purpose: fc.constantFrom(
    'help',
    'deny',
    'moderate',
    'list',
    'digest',
    'gatekeep',
    'notify',
    'faq',
  ),
})

type Order = typeof order extends fc.Arbitrary<infer Value> ? Value : never

const identity = identityOf({ listaddress: ['talk@example.org'], delimiter: '+' })

/** Whoever is asked for a file looks whether its name could lead out of its directory. */
function fileOf(content: string): (name: string) => string | undefined {
  return (name) => {
    assert.match(name, /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/, 'a text names a file elsewhere')
    return /poison|included/.test(name) ? content : undefined
  }
}

function orderOf({ purpose, items, original, included, from, to, ...given }: Order): MailOrder {
  const exists = fileOf('')
  return {
    ...{ identity, from, to, original },
    request: { purpose, action: 'sub', reason: 'request', type: 'normal' },
    values: given.values,
    lists: {
      moderators: items,
      gatekeepers: items,
      normalsubs: items,
      digestthreads: items,
      bouncenumbers: items,
    },
    sources: {
      text: fileOf(included),
      control: fileOf(included),
      controlExists: (name) => exists(name) !== undefined,
    },
    stamp: {
      ...{ epochMs: 1_700_000_000_000, zoneMinutes: 60, pid: 1, random: '01234567' },
      randoms: Array.from({ length: 6 }, (_, n) => String(n).repeat(16)),
    },
  }
}

const mostBytes = 16_777_216

/** Nobody but the writer of a text may be the reason for a field. */
export const injection = target(
  'values in list texts',
  fc.tuple(
    fc.oneof(fc.constantFrom(...honest), inHeader),
    order.map((one) => ({ ...one, included: 'included\n' })),
  ),
  () => ({
    attempt([template, given]) {
      const { mail } = renderMail(template, orderOf(given))
      const { fields } = readHead(mail)
      const names = fields.map(({ name }) => name.trim())
      assert.ok(!names.includes(injected), 'a value has become a field')
      assert.ok(fields.every(({ raw }) => !/\r/.test(raw.toString('latin1'))))
      for (const single of ['from', 'to', 'subject', 'date', 'message-id', 'content-type'])
        assert.ok(names.filter((name) => name === single).length <= 1 || template.length > 0)
      const { subject } = renderDigestText(template, orderOf(given))
      assert.ok(
        !readHead(Buffer.from(`${subject}\n\n`, 'latin1')).fields.some(
          ({ name }) => name === injected,
        ),
      )
    },
  }),
)

export const listTexts = target('list texts', fc.tuple(mutated(honest, 8), order), () => ({
  attempt([template, given]) {
    for (const render of [renderMail, renderDigestText])
      try {
        const made = render(template, orderOf(given))
        const { length } = 'mail' in made ? made.mail : made.body
        assert.ok(length < mostBytes, `${length} bytes`)
      } catch (thrown) {
        if (!isFault(thrown, 'badSettings')) throw thrown
      }
  },
}))
