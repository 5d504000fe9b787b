import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plot } from './_plot.ts'

const small = {
  title: 'Cost & size',
  x: { label: 'recipients', scale: 'log' },
  y: { label: 'seconds' },
  series: [
    {
      name: 'ours',
      points: [
        [1_000, 1],
        [1_000_000, 40],
      ],
    },
    {
      name: 'theirs <old>',
      points: [
        [1_000, 2],
        [1_000_000, 45],
      ],
    },
  ],
} as const

test('plot() puts points where their axes say', () => {
  const svg = plot(small)
  const [, ...heights] = /M80 ([\d.]+)L700 ([\d.]+)" fill="none" stroke="#0060a8"/.exec(svg) ?? []
  // The axis of seconds goes from 0 (380) to 45 (48) in steps of 5.
  assert.deepEqual(heights.map(Number), [372.6, 84.9])
})

test('plot() shows one point, numbers below zero and parts of one', () => {
  const svg = plot({
    title: 't',
    x: { label: 'x', scale: 'log' },
    y: { label: 'y' },
    series: [{ name: 'a', points: [[3, -0.25]] }],
  })
  // A linear axis holds its zero.
  for (const tick of ['>-0.25<', '>0<', '>2<', '>5<']) assert.ok(svg.includes(tick), tick)
  assert.ok(!/NaN|Infinity/.test(svg), svg)
})

test('plot() draws on white, names axes and series, and escapes what is markup', () => {
  const svg = plot(small)
  for (const part of [
    'fill="#fff"',
    '>recipients<',
    '>seconds<',
    'Cost &amp; size',
    'theirs &lt;old&gt;',
    '>10k<',
    '>1M<',
  ])
    assert.ok(svg.includes(part), part)
  assert.match(svg, /^<svg [^>]*>[^]*<\/svg>\n$/)
})

test('plot() refuses what an axis cannot show', () => {
  const bad = (y: number) => () =>
    plot({
      ...small,
      x: { label: 'x' },
      y: { label: 'y', scale: 'log' },
      series: [{ name: 'a', points: [[1, y]] }],
    })
  assert.throws(bad(0), RangeError)
  assert.throws(bad(NaN), RangeError)
  assert.throws(() => plot({ ...small, series: [] }), RangeError)
})
