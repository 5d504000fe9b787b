import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'

/** The name of the header field that an injection would write. */
export const injected = 'x-poison'
const line = 'X-Poison: 1'

/** What must do no harm wherever it comes from: pieces to be put between honest ones. */
export const poison = fc.oneof(
  fc.constantFrom(
    ...['\r\n', '\n', '\r', '\0', '\x0b', '\x7f', '\x85', '\xa0', '\xff', '\xc3', '\xe2\x80\xa8'],
    ...[`\r\n${line}`, `\n${line}\n`, `\r${line}\r`, `\n\n${line}\n`, `\n ${line}`, `\0\n${line}`],
    ...[`\r\n.\r\nMAIL FROM:<poison@example.net>\r\nRCPT TO:<poison@example.net>\r\nDATA\r\n`],
    ...['\n.\n', '\r\n.\r\n', '\n..', '\r.\r', '\r\n.', '> SIZE=1', '>\r\nRCPT TO:<p@example.net>'],
    ...['%control poison%', '%text poison%', '%text ../control/poison%', '%control /etc/passwd%'],
    ...[
      '$subject$',
      '$control poison$',
      '$text ../x$',
      '%originalmail%',
      '%moderators%',
      '%^%',
      '%%',
    ],
    ...['%wrap 1%', '%wrapw 0%', '%ifaction x%', '%else%', '%endif%', '%$%', '$$', '%', '$', '\\'],
    ...[`\\u000a${line}`, '\\u000d', '\\u0000', '\\uD800', '\\u', '\\/', '\\=', '\\ '],
    ...['=?utf-8?q?=0D=0AX-Poison:_1?=', '=?utf-8?b?DQpYLVBvaXNvbjogMQ==?=', '=?x?x?x?=', '=?='],
    ...['<', '>', '"', '(', ')', '[', ']', ',', ';', ':', '@', '=', '+', '-', '_', '{', '}', '|'],
    ...[
      '..',
      '../',
      '/',
      '../../etc/passwd',
      '%2e%2e%2f',
      '~',
      '.',
      '*',
      '?',
      '&',
      '`id`',
      '$(id)',
    ],
    ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'NaN', '-1', '1e9', '0x10'],
  ),
  fc
    .tuple(
      fc.constantFrom(
        'a',
        '(',
        ')',
        '<',
        '=?',
        '"',
        '\\',
        ' ',
        '\t',
        ';',
        ',a@',
        '\n ',
        ':',
        '@',
        '%',
      ),
      fc.constantFrom(2, 70, 300, 3_000),
    )
    .map(([piece, count]) => piece.repeat(count)),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => Buffer.from(text).toString('latin1')),
)

/** Honest pieces with a little poison between them, as a byte string. */
export function laced(pieces: readonly string[], most = 6): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: poison },
  )
  return fc.array(piece, { minLength: 1, maxLength: most }).map((some) => some.join(''))
}

const locals = [
  'joe',
  'ann',
  'talk',
  'list',
  '"a b"',
  'a.b',
  'owner',
  'talk+subscribe',
  'x=y',
  'j\xc3\xb6',
]
const domains = ['example.org', 'example.net', 'sub.example.org', '[192.0.2.1]', 'EXAMPLE.org']

export const address = fc.oneof(
  fc.tuple(fc.constantFrom(...locals), fc.constantFrom(...domains)).map((parts) => parts.join('@')),
  laced([...locals, '@', ...domains], 4),
)

export const addressList = laced(
  [
    ...[
      'joe@example.org',
      'Joe <joe@example.org>',
      '"J, Joe" <joe@example.org>',
      ', ',
      ' (so he says) ',
    ],
    ...[
      'friends: ann@example.org, bob@example.org;',
      '<@relay.example:joe@example.org>',
      ' ',
      'ann',
    ],
    ...['=?utf-8?q?J=C3=B6?= <joe@example.org>', 'undisclosed-recipients:;', '<>'],
  ],
  8,
)

export const text = laced(
  [
    ...[
      'a question',
      'Re: ',
      '[talk] ',
      'Antw: ',
      ' ',
      '=?utf-8?q?gr=C3=BC=C3=9Fe?=',
      'gr\xc3\xbc\xc3\x9fe',
    ],
    ...['=?iso-8859-1?b?Z3L832U=?=', '=?utf-8?b?8J+Yig==?=', 'long '.repeat(30), 'w'.repeat(200)],
  ],
  8,
)

type Change = readonly [
  kind: 'insert' | 'delete' | 'repeat' | 'cut' | 'flip',
  at: number,
  length: number,
  text: string,
]

const change = fc.tuple(
  fc.constantFrom<Change[0]>('insert', 'insert', 'delete', 'repeat', 'cut', 'flip'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.integer({ min: 1, max: 60 }),
  poison,
)

/** One of the given texts, with a few changes. */
export function mutated(seeds: readonly string[], most = 6): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: most }))
    .map(([seed, changes]) => changes.reduce(changed, seed))
}

function changed(whole: string, [kind, part, length, piece]: Change): string {
  const at = Math.floor(part * whole.length)
  const [before, after] = [whole.slice(0, at), whole.slice(at)]
  switch (kind) {
    case 'insert':
      return before + piece + after
    case 'delete':
      return before + after.slice(length)
    case 'repeat':
      return before + after.slice(0, length).repeat(1 + (length % 5)) + after
    case 'cut':
      return length % 7 === 0 ? before : whole
    case 'flip':
      return (
        before + String.fromCharCode(after.charCodeAt(0) ^ ((length + 1) & 0xff)) + after.slice(1)
      )
  }
}

/** Files of the tests that may be seeds, as byte strings; large ones are left out. */
export function seedsIn(dir: string, name?: string): readonly string[] {
  return readdirSync(dir)
    .map((entry) =>
      readFileSync(name === undefined ? join(dir, entry) : join(dir, entry, name), 'latin1'),
    )
    .filter((content) => content.length <= 20_000)
}
