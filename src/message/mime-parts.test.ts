import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contentOf, partsOf, readContentType, readEntity } from './mime-parts.ts'

function parsed(value: string): Record<string, string> {
  const { type, parameters } = readContentType(value)
  return { type, ...Object.fromEntries(parameters) }
}

function bodies(mail: string): string[] {
  const entity = readEntity(Buffer.from(mail, 'latin1'))
  return [...partsOf(entity)].map(({ body }) => body.toString('latin1'))
}

const mixed = 'Content-Type: multipart/mixed; boundary=b\n\n'

test('readContentType() takes parameters in any order, quoted or not, with comments', () => {
  const report = { type: 'multipart/report', boundary: 'a;b', 'report-type': 'delivery-status' }
  for (const value of [
    'multipart/report; report-type=delivery-status; boundary="a;b"',
    'Multipart/Report;BOUNDARY="a;b";Report-Type="delivery-status"',
    ' multipart/report (see (RFC) \\) 3464) ; boundary = "a\\;b" (x) ; report-type=delivery-status',
    'multipart/report; boundary="a;b"; boundary=c; report-type=delivery-status;; =x; y',
  ])
    assert.deepEqual(parsed(value), report)
})

test('readContentType() makes something of what is malformed', () => {
  assert.deepEqual(parsed(''), { type: '' })
  assert.deepEqual(parsed('text/plain; name="never ends'), {
    type: 'text/plain',
    name: 'never ends',
  })
  assert.deepEqual(parsed('text/plain (never ends'), { type: 'text/plain' })
})

test('readEntity() takes a mail without Content-Type for plain text', () => {
  assert.equal(readEntity(Buffer.from('\nhello')).type.type, 'text/plain')
})

test('partsOf() leaves out preamble, epilogue and the line ends before boundaries', () => {
  const mail = `${mixed}preamble\n--b\n\none\n\n--b\nX: y\n\ntwo\n--b--\nepilogue\n--b\n\nno\n`
  assert.deepEqual(bodies(mail), ['one\n', 'two'])
  assert.deepEqual(bodies(mail.replace(/\n/g, '\r\n')), ['one\r\n', 'two'])
})

test('partsOf() knows a boundary with blanks behind it, and no line that only begins like one', () => {
  assert.deepEqual(bodies(`${mixed}--b \t\n\none\n--bb\n --b\n--b-\n--b x\n--b--  \n`), [
    'one\n--bb\n --b\n--b-\n--b x',
  ])
})

test('partsOf() forgives a missing end', () => {
  assert.deepEqual(bodies(`${mixed}--b\n\none\n--b\n\ntwo`), ['one', 'two'])
  assert.deepEqual(bodies(`${mixed}--b`), [''])
})

test('partsOf() finds nothing in what is no multipart, or has no usable boundary', () => {
  assert.deepEqual(bodies('Content-Type: text/plain; boundary=b\n\n--b\n\none\n'), [])
  assert.deepEqual(bodies('Content-Type: multipart/mixed\n\n--\n\none\n'), [])
  assert.deepEqual(
    bodies(`Content-Type: multipart/mixed; boundary=${'b'.repeat(201)}\n\n--${'b'.repeat(201)}\n`),
    [],
  )
})

test('partsOf() gives back what was joined', () => {
  const line = fc.string({ unit: fc.constantFrom('-', 'b', 'x', ' ', '\r', '\xe4'), maxLength: 5 })
  const body = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'))
  const clean = body.filter(
    (text) => !/(^|\n)--b(--)?[ \r]*(\n|$)/.test(text) && !text.endsWith('\r'),
  )
  fc.assert(
    fc.property(fc.array(clean, { minLength: 1, maxLength: 4 }), (texts) => {
      const mail = `${mixed}${texts.map((text) => `--b\n\n${text}\n`).join('')}--b--\n`
      assert.deepEqual(bodies(mail), texts)
    }),
  )
})

test('contentOf() undoes transfer encodings, and reads no more than it is told', () => {
  const content = (encoding: string, body: string, most = 100) => {
    const head = `Content-Transfer-Encoding: ${encoding}\n\n`
    return contentOf(readEntity(Buffer.from(head + body, 'latin1')), most)
  }
  assert.equal(content('BASE64', 'aGVs\nbG8=\n'), 'hello')
  assert.equal(content('quoted-printable', 'a=\nb=3D=e4=zz\n'), 'ab=\xe4=zz\n')
  assert.equal(content('8bit', 'h\xe4llo\n', 3), 'h\xe4l')
})
