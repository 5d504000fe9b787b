/** Cells of the table that lines are compared in; a larger change is shown as one. */
const mostCells = 1_000_000

type Step = readonly [sign: ' ' | '-' | '+', line: string]

/**
 * The difference of two texts as `diff -u` writes it, with three lines around each change; empty when
 * there is none. Lines keep their ends; a missing last one is told as diff(1) does.
 *
 * @param names how the two are called in the first lines
 */
export function unifiedDiff(
  before: string,
  after: string,
  names: { readonly before: string; readonly after: string },
): string {
  if (before === after) return ''
  const steps = stepsBetween(linesOf(before), linesOf(after))
  return `--- ${names.before}\n+++ ${names.after}\n${hunksOf(steps).join('')}`
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/)
}

/** What two texts have in common at their ends is never compared. */
function stepsBetween(before: readonly string[], after: readonly string[]): readonly Step[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  return [
    ...before.slice(0, head).map((line): Step => [' ', line]),
    ...changes(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map((line): Step => [' ', line]),
  ]
}

function changes(before: readonly string[], after: readonly string[]): readonly Step[] {
  if (before.length * after.length > mostCells)
    return [...before.map((line): Step => ['-', line]), ...after.map((line): Step => ['+', line])]
  const common = commonLengths(before, after)
  const width = after.length + 1
  const steps: Step[] = []
  let [row, column] = [0, 0]
  while (row < before.length || column < after.length) {
    const [old, young] = [before[row], after[column]]
    const down = common[(row + 1) * width + column] ?? 0
    const right = common[row * width + column + 1] ?? 0
    if (old !== undefined && old === young) {
      steps.push([' ', old])
      row++
      column++
    } else if (old !== undefined && (young === undefined || down >= right)) {
      steps.push(['-', old])
      row++
    } else {
      steps.push(['+', young ?? ''])
      column++
    }
  }
  return steps
}

/** For each pair of places, how many lines both texts have in the same order from there on. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1
  const lengths = new Uint32Array((before.length + 1) * width)
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = after.length - 1; column >= 0; column--) {
      const at = row * width + column
      lengths[at] =
        before[row] === after[column]
          ? (lengths[at + width + 1] ?? 0) + 1
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0)
    }
  return lengths
}

const around = 3

/** Changes with their neighbours, together when their neighbours meet. */
function hunksOf(steps: readonly Step[]): readonly string[] {
  const groups: { first: number; last: number }[] = []
  for (const [at, [sign]] of steps.entries()) {
    if (sign === ' ') continue
    const group = groups.at(-1)
    if (group !== undefined && at - group.last <= 2 * around + 1) group.last = at
    else groups.push({ first: at, last: at })
  }
  let [old, young, done] = [1, 1, 0]
  return groups.map(({ first, last }) => {
    const start = Math.max(first - around, 0)
    old += start - done
    young += start - done
    const inside = steps.slice(start, last + around + 1)
    const text = hunk(inside, old, young)
    old += count(inside, '-')
    young += count(inside, '+')
    done = start + inside.length
    return text
  })
}

function hunk(steps: readonly Step[], old: number, young: number): string {
  const lines = steps.map(([sign, line]) =>
    line.endsWith('\n') ? `${sign}${line}` : `${sign}${line}\n\\ No newline at end of file\n`,
  )
  const [was, is] = [range(old, count(steps, '-')), range(young, count(steps, '+'))]
  return `@@ -${was} +${is} @@\n${lines.join('')}`
}

/** Lines that one of the two texts has: the common ones and its own. */
function count(steps: readonly Step[], own: '-' | '+'): number {
  return steps.filter(([sign]) => sign === ' ' || sign === own).length
}

/** POSIX diff: a range of no lines is told by the line before it. */
function range(first: number, lines: number): string {
  if (lines === 1) return `${first}`
  return `${lines === 0 ? first - 1 : first},${lines}`
}
