import { isAscii } from 'node:buffer'
import type { WireMessage } from './transport.ts'

const cr = 13
const lf = 10
const dot = 46
const blank = 32

/**
 * A stored mail made ready for SMTP, once for all its recipients (spec mailflow 6.4, RFC 5321 2.3.8
 * and 4.5.2). Every LF ends a line, whatever stands before it: LF, CR LF and CR CR LF all leave as
 * CR LF. A CR anywhere else is the poster's and stays, except before a dot, where a careless next
 * server would see the end of the mail and take what follows for commands: there it becomes a blank.
 * A line that begins with a dot gets a second one, the first line too. The last line gets an end if it
 * has none; nothing else is added or taken. The mail may be used again; its bytes are copied.
 */
export function wireMessage(mail: Buffer): WireMessage {
  const room = Buffer.allocUnsafeSlow(roomFor(mail))
  const { length } = mail
  let at = 0
  let lineStart = 0
  let headerEnd = -1
  for (let from = 0; from < length; from++) {
    const byte = mail[from] ?? lf
    if (byte === lf) {
      if (headerEnd < 0 && at === lineStart) headerEnd = at
      room[at++] = cr
      room[at++] = lf
      lineStart = at
    } else if (byte === cr) {
      const after = behindReturns(mail, from)
      const stray = after < length && mail[after] !== lf
      const kept = mail[after] === dot ? blank : cr
      for (; from < after; from++) if (stray) room[at++] = kept
      from--
    } else {
      if (byte === dot && at === lineStart) room[at++] = dot
      room[at++] = byte
    }
  }
  if (at > lineStart || at === 0) {
    room[at++] = cr
    room[at++] = lf
  }
  const wire = room.subarray(0, at)
  if (headerEnd < 0) headerEnd = length === 0 ? 0 : at
  return { wire, headerEnd, eightBit: !isAscii(wire) }
}

function behindReturns(mail: Buffer, from: number): number {
  while (from < mail.length && mail[from] === cr) from++
  return from
}

/** Never too little; counted first, so that a large mail is in memory twice and not three times. */
function roomFor(mail: Buffer): number {
  let room = mail.length + 2
  let before = lf
  for (let at = 0; at < mail.length; at++) {
    const byte = mail[at] ?? lf
    if (byte === lf && before !== cr) room++
    else if (byte === dot && before === lf) room++
    before = byte
  }
  return room
}
