/** RFC 5322 2.1.1 wants lines of 78 at most, RFC 2047 2 lines with encoded words of 76. */
const [most, mostWithWords] = [78, 76]

/**
 * Folds one header line, given without line end, before blanks it holds (RFC 5322 2.2.3): joined
 * again it is the same. Words are never cut, so a line with a longer word stays longer.
 */
export function foldLine(line: string, lineEnd: string): string {
  const room = line.includes('=?') ? mostWithWords : most
  if (line.length <= room) return line
  let folded = ''
  let column = 0
  const words = line.match(/[ \t]*[^ \t]+|[ \t]+/g) ?? []
  words.forEach((word, place) => {
    // The name keeps its first word; blanks at the end would make a line of nothing but blanks.
    const mayFold = place > 1 && !/^[ \t]*$/.test(word)
    if (mayFold && column + word.length > room) {
      folded += lineEnd
      column = 0
    }
    folded += word
    column += word.length
  })
  return folded
}
