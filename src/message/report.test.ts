import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isPolicyRefusal, readReport } from './report.ts'

/** What one mail in the manner of each server says is in test/house/bounce-reports.test.ts. */
function report(mail: string) {
  return readReport(Buffer.from(mail, 'latin1'))
}

function statusMail(status: string, top = 'report-type=delivery-status; boundary=b'): string {
  const part = `Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n${status}\n`
  return `Content-Type: multipart/report; ${top}\n\n--b\n\nwords\n--b\n${part}--b--\n`
}

test('readReport() gives status and diagnostic of a failed recipient', () => {
  const status =
    'Final-Recipient: rfc822; Ann@Example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1\n no such user'
  assert.deepEqual(report(statusMail(status)), {
    kind: 'dsn',
    recipients: [
      {
        addresses: ['Ann@Example.org'],
        status: '5.1.1',
        diagnostic: 'smtp; 550 5.1.1 no such user',
        policy: false,
      },
    ],
  })
})

test('readReport() counts no action but failed, nor a failure with a status of success', () => {
  const said = (fields: string) =>
    report(statusMail(`Final-Recipient: rfc822; ann@example.org\n${fields}`))?.kind
  assert.equal(said('Action: FAILED'), 'dsn')
  assert.equal(said('Action: failed\nStatus: 4.4.7'), 'dsn')
  assert.equal(said('Status: 5.1.1'), 'dsn')
  assert.equal(said('Action: failed\nStatus: 2.0.0'), 'notice')
  assert.equal(said('Status: 4.1.1'), 'notice')
  assert.equal(said(''), 'notice')
  for (const action of ['delayed', 'delivered', 'relayed', 'expanded', 'unknown'])
    assert.equal(said(`Action: ${action}\nStatus: 5.1.1`), 'notice')
})

test('readReport() finds nothing in a letter', () => {
  assert.equal(report('From: ann@example.org\n\nbob@example.org\n'), undefined)
  assert.equal(report(''), undefined)
  assert.equal(report('Content-Type: multipart/report; boundary=b\n\nempty\n'), undefined)
})

test('isPolicyRefusal() tells a refusal of the mail from one of the recipient', () => {
  for (const reply of [
    '550 5.7.1 not wanted here',
    '5.7.26',
    '421 4.7.28 too fast',
    '550 refused by the DMARC policy',
    '554 5.0.0 this is spam',
    '550 5.1.8 Sender address rejected: no such domain',
  ])
    assert.equal(isPolicyRefusal(reply), true, reply)
  for (const reply of [
    '550 5.1.1 no such user',
    '550 5.1.1 no such user at spam',
    '550 no such user, says spam.example.org',
    '550 5.2.2 full',
    '550 192.5.7.1 does not know him',
    '',
  ])
    assert.equal(isPolicyRefusal(reply), false, reply)
  assert.equal(isPolicyRefusal(undefined), false)
})

test('readReport() survives anything that is made of pieces of reports', () => {
  const piece = fc.constantFrom(
    'Content-Type: multipart/report; boundary=b\n',
    'Content-Type: multipart/mixed; boundary="b"\n',
    'Content-Type: message/delivery-status\n',
    'Content-Type: message/disposition-notification\n',
    'Content-Transfer-Encoding: base64\n',
    'Final-Recipient: rfc822; ann@example.org\n',
    'Final-Recipient: utf-8; \\x{FFFFFF}@\\x{E4}\n',
    'Action: failed\n',
    'X-Failed-Recipients: ann@example.org,,<>\n',
    'Disposition: automatic-action/x; deleted\n',
    'The following address(es) failed:\n',
    '  ann@example.org\n',
    '<bob@example.org>: 550\n',
    '\n--b\n',
    '\n--b--\n',
    '\n',
    '\r',
    '\0\xff',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      for (const recipient of report(pieces.join(''))?.recipients ?? [])
        for (const address of recipient.addresses) assert.match(address, /@/)
    }),
    { numRuns: 500 },
  )
})

/** Nested as deep as it goes, each level with the next one inside. */
function nested(depth: number): string {
  const open = Array.from(
    { length: depth },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`,
  )
  return `${open.join('')}\n${'x'.repeat(60)}\n`
}

const megabytes = (text: string, count: number) => text.repeat((count * 1_048_576) / text.length)

const hostile: Readonly<Record<string, string>> = {
  'a thousand multiparts inside each other': nested(1_000),
  '5 MB of parts without anything in them': `Content-Type: multipart/report; boundary=b\n\n${megabytes('--b\n', 5)}`,
  '5 MB of what is nearly a boundary': `Content-Type: multipart/report; boundary=b\n\n${megabytes('--bx\n', 5)}`,
  '5 MB of hyphens': `Content-Type: multipart/report; boundary="-"\n\n${megabytes('-', 5)}`,
  '5 MB of short header lines in parts': `Content-Type: multipart/mixed; boundary=b\n\n${`--b\n${'a\n'.repeat(25_000)}`.repeat(100)}`,
  '5 MB of recipients': statusMail(
    megabytes('Final-Recipient: rfc822; a@example.org\nAction: failed\n\n', 5),
  ),
  '5 MB of at signs': statusMail(`Final-Recipient: rfc822; ${megabytes('a@', 5)}\nAction: failed`),
  '5 MB of blanks': `\n${megabytes(' ', 5)}`,
  '5 MB of warnings that do not end': `\nThe following address(es) failed:\n\n${megabytes('could not send ', 5)}`,
  '5 MB of words that look like addresses': `\nThe following address(es) failed:\n\n${megabytes('a@b@', 5)}`,
  '200 kB of failed recipients in the header': `X-Failed-Recipients: ${'a@example.org, '.repeat(13_000)}\n\n`,
  '5 MB of open comments': `Content-Type: ${megabytes('(', 5)}\n\n`,
}

for (const [what, mail] of Object.entries(hostile))
  test(`readReport() is done quickly with ${what}`, () => {
    const began = performance.now()
    report(mail)
    const took = performance.now() - began
    assert.ok(took < 2_000, `${Math.round(took)} ms`)
  })
