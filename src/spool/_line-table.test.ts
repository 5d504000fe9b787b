import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { eachLine, LineTable, printOf } from './_line-table.ts'

test('a line has the print of its text, in any spelling and with blanks around it', () => {
  const text = 'ann@example.org\n\n  \r\n Bob@Example.ORG \r\n\xc3\x89va@example.org'
  const found: unknown[] = []
  eachLine(Buffer.from(text, 'latin1'), (from, to, print) => found.push([from, to, print]))
  assert.deepEqual(found, [
    [0, 16, printOf('ANN@example.org')],
    [21, 40, printOf('bob@example.org')],
    [40, 56, printOf('\xc3\x89VA@example.org')],
  ])
  // Only ASCII letters are folded.
  assert.notEqual(printOf('\xc3\x89va@example.org'), printOf('\xc3\xa9va@example.org'))
})

test('a table finds what a list of lines would, whatever was added and cut', () => {
  const step = fc.oneof(fc.record({ add: fc.nat(20) }), fc.record({ cut: fc.nat(1_000) }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new LineTable(1)
      let lines: { print: number; text: string }[] = []
      const places = (print: number) => {
        let position = 0
        return lines.flatMap((line) => {
          position += line.text.length
          return line.print === print ? [position - line.text.length] : []
        })
      }
      for (const one of steps) {
        if ('add' in one) {
          table.add(
            one.add,
            lines.reduce((sum, { text }) => sum + text.length, 0),
          )
          lines.push({ print: one.add, text: 'x'.repeat(one.add + 1) })
        } else if (lines.length > 0) {
          const which = one.cut % lines.length
          const from = lines.slice(0, which).reduce((sum, { text }) => sum + text.length, 0)
          table.cut(from, from + (lines[which]?.text.length ?? 0))
          lines = lines.toSpliced(which, 1)
        }
      }
      for (let print = 0; print <= 20; print++)
        assert.deepEqual(
          table.find(print).sort((a, b) => a - b),
          places(print),
        )
    }),
  )
})
