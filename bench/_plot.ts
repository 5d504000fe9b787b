import { writeFileSync } from 'node:fs'

export interface Series {
  readonly name: string
  /** `[x, y]` in the order in which they are joined by a line. */
  readonly points: readonly (readonly [number, number])[]
}

export interface Axis {
  /** What is measured, with its unit. */
  readonly label: string
  /** `linear` begins at zero; `log` takes numbers above zero alone. `linear` unless given. */
  readonly scale?: 'linear' | 'log'
}

export interface Plot {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
}

const [width, height] = [720, 440]
const frame = { left: 80, right: 700, top: 48, bottom: 380 }
// Told apart by people who do not see red and green as two colours, and by their marks in print.
const colours = ['#0060a8', '#c85000', '#00785a', '#8a3a8a', '#6b5a00', '#404040']
const marks = ['circle', 'square', 'diamond'] as const

/**
 * Series of measured points as an SVG text for a Markdown page: lines with marks, labelled axes, a
 * legend where there is more than one series. The ground is white, so it can be read on a dark page.
 *
 * @throws RangeError for a number that its axis cannot show, or when there is no point at all.
 */
export function plot({ title, x, y, series }: Plot): string {
  const points = series.flatMap((one) => one.points)
  const across = scaleOf(
    x,
    points.map(([at]) => at),
    [frame.left, frame.right],
  )
  const up = scaleOf(
    y,
    points.map(([, at]) => at),
    [frame.bottom, frame.top],
  )
  const { left, right, top, bottom } = frame
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text((left + right) / 2, 26, title, 'text-anchor="middle" font-size="16" font-weight="bold"'),
    ...across.ticks.flatMap(([at, label]) => [
      `<path d="M${at} ${top}V${bottom}" stroke="#ddd"/>`,
      text(at, bottom + 20, label, 'text-anchor="middle"'),
    ]),
    ...up.ticks.flatMap(([at, label]) => [
      `<path d="M${left} ${at}H${right}" stroke="#ddd"/>`,
      text(left - 8, at + 4, label, 'text-anchor="end"'),
    ]),
    `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#222"/>`,
    text((left + right) / 2, bottom + 46, x.label, 'text-anchor="middle"'),
    text(
      0,
      0,
      y.label,
      `text-anchor="middle" transform="translate(20 ${(top + bottom) / 2}) rotate(-90)"`,
    ),
    ...series.flatMap((one, n) => line(one, n, across.place, up.place)),
    ...(series.length > 1 ? legend(series) : []),
    '</svg>\n',
  ].join('\n')
}

/** Writes a plot where a page of ours shows it. */
export function writePlot(path: string, what: Plot): void {
  writeFileSync(path, plot(what))
}

interface Scale {
  place(value: number): number
  readonly ticks: readonly (readonly [number, string])[]
}

function scaleOf(
  { label, scale = 'linear' }: Axis,
  values: readonly number[],
  [from, to]: readonly [number, number],
): Scale {
  const wrong = values.find((value) => !Number.isFinite(value) || (scale === 'log' && value <= 0))
  if (wrong !== undefined) throw new RangeError(`${label}: ${wrong} cannot be on a ${scale} axis`)
  if (values.length === 0) throw new RangeError(`${label}: there is nothing to show`)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const ticks =
    scale === 'log' ? decades(least, most) : evenSteps(Math.min(0, least), Math.max(0, most))
  const reach = scale === 'log' ? Math.log10 : Number
  const [low, high] = [reach(ticks[0] ?? 0), reach(ticks.at(-1) ?? 1)]
  const place = (value: number) =>
    Number((from + ((reach(value) - low) / (high - low)) * (to - from)).toFixed(1))
  return { place, ticks: ticks.map((tick) => [place(tick), shortNumber(tick)]) }
}

/** Round numbers around a range: powers of ten, or 1, 2, 5 where those would be fewer than three. */
function decades(least: number, most: number): number[] {
  const few = Math.log10(most / least) < 2
  const all: number[] = []
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++)
    for (const step of few ? [1, 2, 5] : [1]) all.push(Number(`${step}e${power}`))
  const first = all.findLastIndex((tick) => tick <= least)
  const last = all.findIndex((tick) => tick >= most)
  return all.slice(Math.max(0, first), Math.max(first + 1, last) + 1)
}

/** Five to ten steps of 1, 2 or 5 times a power of ten that reach over a range. */
function evenSteps(least: number, most: number): number[] {
  const range = most - least || 1
  const power = 10 ** Math.floor(Math.log10(range))
  const step = power * ([0.1, 0.2, 0.5, 1].find((part) => range / (power * part) <= 10) ?? 1)
  const [first, last] = [Math.floor(least / step), Math.ceil(most / step) || 1]
  return Array.from({ length: last - first + 1 }, (_, n) =>
    Number(((first + n) * step).toPrecision(12)),
  )
}

function shortNumber(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`
  if (size >= 1e3) return `${Number((value / 1e3).toPrecision(3))}k`
  return `${Number(value.toPrecision(3))}`
}

function line(
  { points }: Series,
  n: number,
  across: Scale['place'],
  up: Scale['place'],
): readonly string[] {
  const placed = points.map(([x, y]) => [across(x), up(y)] as const)
  const path = placed.map(([x, y]) => `${x} ${y}`).join('L')
  return [
    `<path d="M${path}" fill="none" stroke="${colourOf(n)}" stroke-width="2"/>`,
    ...placed.map(([x, y]) => mark(n, x, y)),
  ]
}

/** Names below each other, in the corner that measured lines seldom reach first. */
function legend(series: readonly Series[]): readonly string[] {
  const long = Math.max(...series.map(({ name }) => name.length))
  const [x, y] = [frame.left + 14, frame.top + 10]
  return [
    `<rect x="${x}" y="${y}" width="${long * 7.4 + 40}" height="${series.length * 20 + 8}" fill="#fff" fill-opacity="0.85" stroke="#bbb"/>`,
    ...series.flatMap(({ name }, n) => [
      mark(n, x + 16, y + 14 + n * 20),
      text(x + 30, y + 18 + n * 20, name, ''),
    ]),
  ]
}

function mark(n: number, x: number, y: number): string {
  const fill = `fill="${colourOf(n)}"`
  const shape = marks[n % marks.length]
  if (shape === 'circle') return `<circle cx="${x}" cy="${y}" r="4.5" ${fill}/>`
  if (shape === 'square') return `<path d="M${x - 4} ${y - 4}h8v8h-8z" ${fill}/>`
  return `<path d="M${x} ${y - 6}l6 6l-6 6l-6 -6z" ${fill}/>`
}

function colourOf(n: number): string {
  return colours[n % colours.length] ?? '#000'
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(words)}</text>`.replace(' >', '>')
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
