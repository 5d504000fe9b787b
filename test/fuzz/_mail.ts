import fc from 'fast-check'
import { addressList, laced, mutated, seedsIn, text } from './_words.ts'

const contentType = laced(
  [
    ...['text/plain', 'multipart/mixed', '; ', 'boundary="b"', 'boundary=b', 'charset=utf-8', ' '],
    ...[
      'multipart/report',
      'report-type=delivery-status',
      'message/rfc822',
      'message/delivery-status',
    ],
    ...['boundary*=x', 'boundary="b\\"c"', '(a comment)', 'application/octet-stream; name=x'],
  ],
  7,
)

const field = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'From',
      'To',
      'Cc',
      'Reply-To',
      'Sender',
      'X-Original-From',
      'Return-Path',
      'Delivered-To',
    ),
    addressList,
  ),
  fc.tuple(
    fc.constantFrom('Subject', 'Comments', 'X-Loop', 'Received', 'Message-ID', 'References'),
    text,
  ),
  fc.tuple(
    fc.constantFrom(
      'Content-Type',
      'Content-Transfer-Encoding',
      'MIME-Version',
      'Content-Disposition',
    ),
    contentType,
  ),
  fc.tuple(laced(['From', 'Subject', ' ', ':', 'X-Other', '\t']), text),
  fc.constantFrom(
    ...([
      ['Auto-Submitted', 'no'],
      ['Precedence', 'bulk'],
      ['List-Id', '<talk.example.org>'],
      ['Content-Transfer-Encoding', 'base64'],
      ['Content-Transfer-Encoding', 'quoted-printable'],
    ] as const),
  ),
)

export const head = fc
  .tuple(
    fc.array(field, { maxLength: 10 }),
    fc.constantFrom('\n', '\n', '\r\n', '\r\n', '\n\n', '\r'),
  )
  .map(([fields, end]) => fields.map(([name, value]) => `${name}: ${value}${end}`).join(''))

const part = fc.oneof(
  laced(
    [
      'hello\n',
      '--b\n',
      '--b--\n',
      '--b \t\r\n',
      '\n',
      'Content-Type: text/plain\n\n',
      '--',
      '=3D=\n',
      'SGVsbG8=\n',
    ],
    12,
  ),
  text,
)

/** Multipart bodies in multipart bodies, some of them with the boundary of the outer one. */
const { body } = fc.letrec<{ body: string; nested: string }>((tie) => ({
  body: fc.oneof({ depthSize: 'small' }, part, tie('nested')),
  nested: fc
    .tuple(fc.constantFrom('b', 'c', 'b"c', ''), fc.array(tie('body'), { maxLength: 4 }))
    .map(([boundary, bodies]) => {
      const type = `Content-Type: multipart/mixed; boundary="${boundary}"\n\n`
      return (
        type + bodies.map((inside) => `--${boundary}\n${inside}\n`).join('') + `--${boundary}--\n`
      )
    }),
}))

const golden = seedsIn('test/golden', 'in.eml')
const reports = seedsIn('test/reports')

const built = fc
  .tuple(head, fc.constantFrom('\n', '\r\n', ''), body)
  .map((pieces) => pieces.join(''))

/** Mail as it may come from anywhere: built of poisoned parts, or one of ours with changes. */
export const mail: fc.Arbitrary<string> = fc.oneof(built, mutated(golden), mutated(reports))

/** Reports of failed delivery, more or less. */
export const report: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: mutated(reports, 8) },
  { weight: 1, arbitrary: built },
)
