/** The word that differs in the fewest letters, or undefined when none is near. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, steps: stepsBetween(typed.slice(0, 40), word) }))
    .filter(({ word, steps }) => steps <= Math.floor(word.length / 2))
    .sort((one, other) => one.steps - other.steps)
  return best?.word
}

/** Levenshtein's distance, one row at a time. */
function stepsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [down, letter] of [...one].entries()) {
    const next = [down + 1]
    for (let at = 0; at < other.length; at++) {
      const replaced = (row[at] ?? 0) + (other[at] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
