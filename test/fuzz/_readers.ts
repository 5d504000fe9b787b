import assert from 'node:assert/strict'
import fc from 'fast-check'
import { asciiLower } from '../../src/base/bytes.ts'
import { decorate, footerFor } from '../../src/compose/decorate.ts'
import { digestThreads } from '../../src/compose/digest-threads.ts'
import { addressBelow, identityOf, matchAddress } from '../../src/list/identity.ts'
import { readExtension } from '../../src/list/extensions.ts'
import { readSettings, tunables, type TunableName } from '../../src/list/tunables.ts'
import { isAddress } from '../../src/message/address.ts'
import { addressesIn } from '../../src/message/addresses.ts'
import { decodeLoosely, decodeText, encodeWords } from '../../src/message/encoded-word.ts'
import { foldLine } from '../../src/message/fold.ts'
import { readHead, type Head } from '../../src/message/head.ts'
import { receivedCount, valueOf } from '../../src/message/mail-facts.ts'
import { contentOf, partsOf, readEntity, type Entity } from '../../src/message/mime-parts.ts'
import { readReport } from '../../src/message/report.ts'
import {
  groupReturnPath,
  mayShareReturnPath,
  readBounceExtension,
  returnPath,
} from '../../src/message/verp.ts'
import { isAutomatic } from '../../src/policy/answerable.ts'
import { judgeReturned } from '../../src/policy/bounce.ts'
import { isFault } from '../../src/base/fault.ts'
import { head, mail, report } from './_mail.ts'
import { target } from './_target.ts'
import { address, addressList, injected, laced, text } from './_words.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const list = { name: 'talk', delimiter: '+', fqdn: 'example.org' }

function injections({ fields }: Head): number {
  return fields.filter(({ name }) => name.trim() === injected).length
}

export const headers = target('headers', fc.tuple(fc.oneof(mail, head), text, text), () => ({
  attempt([whole, prefix, footer]) {
    const read = readHead(bytes(whole))
    const raw = Buffer.concat([...read.fields.map((field) => field.raw), read.separator])
    assert.equal(
      raw.toString('latin1'),
      whole.slice(0, read.bodyStart),
      'every byte is accounted for',
    )
    receivedCount(read)
    isAutomatic(read)
    for (const field of read.fields) {
      const { joined } = field
      assert.ok(!joined.includes('\n'))
      assert.match(decodeText(field.value()), /^[^\0-\x08\x0a-\x1f\x7f]*$/)
      decodeLoosely(joined)
      assert.equal(foldLine(joined, '\n').replace(/\n/g, ''), joined)
    }
    const settings = readSettings(
      (name) =>
        name === 'prefix'
          ? bytes(prefix)
          : name === 'footer'
            ? bytes(footer)
            : name === 'replyto'
              ? bytes('')
              : undefined,
      () => undefined,
    )
    const decorated = decorate(read, settings)
    const again = readHead(decorated.head)
    assert.ok(injections(again) <= injections(read), 'the copy has a field that the mail had not')
    assert.equal(again.bodyStart, decorated.head.length, 'the head ends where it ends')
    footerFor(0x0a, decorated.lineEnd, settings)
    digestThreads(
      [{ number: 1, subject: valueOf(read, 'subject'), from: valueOf(read, 'from') }],
      prefix,
    ).forEach((line) => assert.match(line, /^[^\0-\x1f\x7f]*$/))
    for (const word of encodeWords(prefix)) assert.match(word, /^=\?utf-8\?q\?[\x21-\x7e]*\?=$/)
  },
}))

export const addresses = target('addresses', fc.tuple(addressList, address), () => ({
  attempt([value, one]) {
    for (const found of [...addressesIn(value), one].filter(isAddress)) {
      assert.match(found, /^[^\0-\x20\x7f<>]+@[^\0-\x20\x7f<>]+$/)
      for (const path of [returnPath(list, 12, found), groupReturnPath(list, 'digest')])
        assert.match(path, /^talk\+bounces-[^\0-\x20\x7f<>]*@example\.org$/)
    }
  },
}))

export const control = target(
  'control addresses and VERP',
  fc.oneof(
    address,
    laced(
      [
        ...[
          'subscribe',
          'confsub',
          'bounces',
          'unsubscribe',
          'release',
          'get',
          'list',
          'owner',
          'moderate',
        ],
        ...['-digest', '-nomail', '-', '12', '0123456789abcdef', 'joe=example.net', '=', 'help'],
      ],
      5,
    ),
  ),
  () => ({
    attempt(written) {
      const identity = identityOf({ listaddress: ['talk@example.org'], delimiter: '+' })
      const below = addressBelow(identity, written)
      assert.equal(matchAddress(identity, below)?.extension, written)
      const asked = readExtension(written)
      if (!('why' in asked))
        assert.ok(!asked.argument.includes('/'), 'an argument may become a file name')
      readBounceExtension(written)
      if (!isAddress(written) || !mayShareReturnPath(written)) return
      const { extension = '' } = matchAddress(identity, returnPath(list, 7, written)) ?? {}
      const back = readBounceExtension(extension.slice('bounces-'.length))
      assert.equal(back.which, '7')
      assert.equal(back.address, asciiLower(written))
    },
  }),
)

export const mime = target('MIME', mail, () => ({
  attempt(whole) {
    let parts = 0
    const walk = (entity: Entity, depth: number) => {
      contentOf(entity, 65_536)
      decodeText(valueOf(entity.head, 'content-description') ?? '')
      if (depth > 6) return
      for (const inside of partsOf(entity)) if (++parts < 2_000) walk(inside, depth + 1)
    }
    walk(readEntity(bytes(whole)), 0)
  },
}))

export const reports = target('DSN', report, () => ({
  attempt(whole) {
    const found = readReport(bytes(whole))
    judgeReturned(readHead(bytes(whole)), '', found)
    for (const { addresses, diagnostic, status } of found?.recipients ?? []) {
      for (const one of addresses) assert.match(one, /^[^\r\n]*@[^\r\n]*$/)
      assert.match(diagnostic ?? '', /^[^\r\n\0]*$/)
      assert.match(status ?? '5.0.0', /^[245]\.\d{1,3}\.\d{1,3}$/)
    }
  },
}))

const names = Object.keys(tunables) as TunableName[]
const file = fc.oneof(
  text,
  addressList,
  laced(
    ['talk@example.org', '\n', '12', '-5', '99999999999999999999', 'off', ' ', '\r\n', '127.0.0.1'],
    8,
  ),
)

export const controlFiles = target(
  'control files',
  fc.tuple(fc.dictionary(fc.constantFrom<string>(...names), file, { maxKeys: 12 }), head),
  () => ({
    attempt([files, block]) {
      const settings = readSettings(
        (name) => (Object.hasOwn(files, name) ? bytes(files[name] ?? '') : undefined),
        (_, why) => assert.match(why, /^[^\r\n\0]{0,2000}$/, 'a complaint is one line'),
      )
      for (const name of names) {
        const value: unknown = settings[name]
        const { kind } = tunables[name]
        if (kind === 'line') assert.match(String(value), /^[^\n]*$/)
        if (kind === 'lines')
          for (const one of (value ?? []) as string[]) assert.match(one, /^[^\n]*$/)
        if (kind === 'whole')
          assert.ok(value === undefined || Number.isSafeInteger(value), String(value))
      }
      const decorated = decorate(readHead(bytes(block)), settings)
      assert.equal(readHead(decorated.head).bodyStart, decorated.head.length)
      try {
        const { primary } = identityOf(settings)
        assert.match(primary, /^[^@ \t\n]+@[^@ \t\n]+$/)
      } catch (thrown) {
        if (!isFault(thrown, 'badSettings')) throw thrown
      }
    },
  }),
)
