const [lf, cr] = [0x0a, 0x0d]

/**
 * Makes LF of every line end in a mail that comes in pieces: CR before an LF goes, as it does when
 * mail is sent; any other CR stays. CR at the very end of the mail is dropped.
 *
 * @returns a function that is given piece after piece.
 */
export function lineFeeds(): (piece: Buffer) => Buffer {
  let returns = 0
  return (piece) => {
    if (returns === 0 && !piece.includes(cr)) return piece
    const room = Buffer.allocUnsafe(returns + piece.length)
    let end = 0
    for (const byte of piece) {
      if (byte === cr) {
        returns++
        continue
      }
      if (byte !== lf) {
        room.fill(cr, end, end + returns)
        end += returns
      }
      returns = 0
      room[end++] = byte
    }
    return room.subarray(0, end)
  }
}
