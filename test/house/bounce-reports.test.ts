import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { textFromBytes } from '../../src/base/bytes.ts'
import { readReport, type FailedRecipient } from '../../src/message/report.ts'

/** Samples in the manner of the usual mail servers, written for these tests; tests run in the root. */
const folder = 'test/reports'

interface Wanted {
  readonly kind: string
  /** Addresses (with `=` between the names of one), status and whether it is policy. */
  readonly recipients: readonly string[]
}

/** `null` stands for no report at all. */
const wanted = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as Record<
  string,
  Wanted | null
>

function shown({ addresses, status, policy }: FailedRecipient): string {
  const names = addresses.map(textFromBytes).join('=')
  return [names, status ?? '', policy ? 'policy' : ''].filter((word) => word !== '').join(' ')
}

for (const [name, answer] of Object.entries(wanted))
  test(`the report ${name} is read for what it says`, () => {
    const report = readReport(readFileSync(`${folder}/${name}.eml`))
    const found = report && { kind: report.kind, recipients: report.recipients.map(shown) }
    assert.deepEqual(found ?? null, answer)
  })

test('every sample has its answer', () => {
  const names = readdirSync(folder).flatMap((name) => /^(.*)\.eml$/.exec(name)?.[1] ?? [])
  assert.deepEqual(names.sort(), Object.keys(wanted).sort())
})

for (const name of Object.keys(wanted))
  test(`the report ${name} is the same with CRLF and when it is cut off at any byte`, () => {
    const mail = readFileSync(`${folder}/${name}.eml`, 'latin1').replace(/\r/g, '')
    const crlf = readReport(Buffer.from(mail.replace(/\n/g, '\r\n'), 'latin1'))
    assert.deepEqual(crlf, readReport(Buffer.from(mail, 'latin1')))
    for (let end = 0; end < mail.length; end += 7) readReport(Buffer.from(mail.slice(0, end)))
  })
