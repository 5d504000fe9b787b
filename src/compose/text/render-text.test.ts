import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, bufferOf, renderText } from './render-text.ts'
import { TextLines } from './text-lines.ts'

function linesOf(template: string): TextLines {
  return new TextLines(template, {
    parts: {},
    sources: { text: () => undefined, control: () => undefined, controlExists: () => false },
    token: () => undefined,
    list: () => undefined,
    original: undefined,
  })
}

test('renderText() puts the default headers that are not replaced behind those of the text', () => {
  const lines = linesOf('to: joe@example.org\nX-A: 1\n more\nSubject:  hi \n\nbody\n')
  const mail = renderText(lines, [
    ['From', 'talk@example.org'],
    ['To', 'ann@example.org'],
  ])
  assert.equal(
    mail.toString(),
    'to: joe@example.org\nX-A: 1\n more\nSubject: hi\nFrom: talk@example.org\n\nbody\n',
  )
  assert.deepEqual(lines.warnings, [])
})

test('renderText() begins the body with a line that is no header', () => {
  const lines = linesOf('X-A: 1\nno colon\nX-B: 2\n')
  assert.equal(renderText(lines, []).toString(), 'X-A: 1\n\nno colon\nX-B: 2\n')
  assert.equal(lines.warnings.length, 1)
})

test('renderText() makes a mail of a text without body', () => {
  const lines = linesOf('X-A: 1\n')
  assert.equal(renderText(lines, [], () => ['end']).toString(), 'X-A: 1\n\nend\n')
  assert.equal(lines.warnings.length, 1)
})

test('bufferOf() and bodyOf() keep every byte of a long text', () => {
  const template = '\u00c3\u00a5 line\n'.repeat(50_000)
  assert.equal(bufferOf(bodyOf(linesOf(template))).toString('latin1'), template)
})
