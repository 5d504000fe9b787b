import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../../base/fault.ts'
import type { Material } from './material.ts'
import { TextLines } from './text-lines.ts'

type Given = Partial<{
  texts: Readonly<Record<string, string>>
  values: Readonly<Record<string, string>>
  lists: Readonly<Record<string, Iterable<string>>>
  original: Iterable<string>
}>

function material({ texts = {}, values = {}, lists = {}, original }: Given): Material {
  return {
    parts: { action: 'sub', reason: 'admin' },
    sources: {
      text: (name) => texts[name],
      control: (name) => texts[name],
      controlExists: (name) => name in texts,
    },
    token: (name) => {
      const value = values[name]
      if (value !== undefined) return { text: value, live: false }
      const text = texts[name.replace('text ', '')]
      return text === undefined ? undefined : { text, live: true }
    },
    list: (name) => (lists[name] ? { items: lists[name], live: false } : undefined),
    original,
  }
}

function render(
  template: string,
  given: Given = {},
): { text: string; warnings: readonly string[] } {
  const lines = new TextLines(template, material(given))
  lines.inBody = true
  let text = ''
  for (let line = lines.next(); line !== undefined; line = lines.next()) text += `${line}\n`
  return { text, warnings: lines.warnings }
}

test('TextLines shows what a condition is true for', () => {
  const { text } = render(
    'a\n\n%ifaction sub%\nb\n%else%\nc\n%endif%\n\n%ifreason x y%\nd\n%endif%\n\ne\n',
  )
  assert.equal(text, 'a\n\nb\n\ne\n')
})

test('TextLines breaks a paragraph before its width', () => {
  const { text } = render('- %wrap 30%one two three four five six seven\neight nine ten\n\nend\n')
  assert.equal(text, '- one two three four five six\n  seven eight nine ten\n\nend\n')
})

test('TextLines never reads values, items and mail as template', () => {
  const hostile = '%text secret% $text secret$ %else% $v$ \\u0041 \\/ %wrap 5% 100%%'
  const given = {
    texts: { secret: 'SECRET\n' },
    values: { v: hostile },
    lists: { who: [hostile, 'joe@example.org'] },
    original: [`${hostile}\n`, '\n'],
  }
  const { text } = render('v $v$ $v$\n- %who%\n%originalmail%\nend\n', given)
  assert.equal(
    text,
    `v ${hostile} ${hostile}\n- ${hostile}\n- joe@example.org\n${hostile}\n\nend\n`,
  )
})

test('TextLines does not let a value complete a directive or a token', () => {
  const { text } = render('%if$v$%endif% $lis$v$t$ 5% $v$\n', { values: { v: 'action sub%' } })
  assert.equal(text, '%ifaction sub%%endif% $lisaction sub%t$ 5% action sub%\n')
})

test('TextLines does not let a value end a line', () => {
  const { text } = render('X: $v$\n', { values: { v: 'a\r\nBcc: joe@example.org\0' } })
  assert.equal(text, 'X: a Bcc: joe@example.org \n')
})

test('TextLines reads only as much of the original mail as it needs', () => {
  let taken = 0
  function* mail() {
    for (;;) yield `line ${++taken}\n`
  }
  assert.equal(render('%originalmail 2%\n', { original: mail() }).text, 'line 1\nline 2\n')
  assert.equal(taken, 2)
})

test('TextLines leaves out what includes itself too deeply, and says so', () => {
  const texts = { self: 'in\n%text self%\n%text self%\nout\n' }
  const { text, warnings } = render('a\n%text self%\nb\n', { texts })
  assert.match(text, /^a\n(in\n)+/)
  assert.match(text, /out\nb\n$/)
  assert.equal(warnings.length, 1)
})

test('TextLines refuses texts that would never end', () => {
  const growing: readonly (readonly [string, Given])[] = [
    ['$text self$\n', { texts: { self: 'x$text self$' } }],
    ['$text self$\n', { texts: { self: '$text self$$text self$' } }],
    [`${' '.repeat(90_000)}%wrap 10%${'a b '.repeat(9_000)}\n`, {}],
    [`${'x'.repeat(90_000)}%who%\n`, { lists: { who: Array<string>(9_000).fill('a') } }],
    ['%who%\n'.repeat(9), { lists: { who: Array<string>(9_000).fill('a'.repeat(9_000)) } }],
    [
      '%originalmail%\n'.repeat(9),
      { original: Array<string>(900).fill(`${'a'.repeat(90_000)}\n`) },
    ],
  ]
  for (const [template, given] of growing)
    assert.throws(
      () => render(template, given),
      (thrown) => isFault(thrown, 'badSettings'),
      template.slice(0, 40),
    )
})

test('TextLines takes time in proportion to what it is given', () => {
  const many = 100_000
  const started = performance.now()
  for (const template of ['%', '$', '\\', '%if', '$a$', '%%', '%ifaction sub%', '%endif%', 'a '])
    render(`%wrap 998%%uw%${template.repeat(many)}\n`)
  for (const value of ['%'.repeat(many), '$v$'.repeat(many), '\r'.repeat(many), ' '.repeat(many)])
    render('%wrap 20%$v$ $v$ x\n', { values: { v: value } })
  render('%wrap 20%%originalmail%\n', { original: Array<string>(many).fill('a\n') })
  render('%originalmail%\n', { original: ['a\r'.repeat(many)] })
  const seconds = (performance.now() - started) / 1_000
  assert.ok(seconds < 20, `${seconds} s`)
})
