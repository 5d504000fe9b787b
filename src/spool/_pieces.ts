import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { Fault } from '../base/fault.ts'
import { diskFault } from './_trouble.ts'

const pieceBytes = 262_144

/**
 * The bytes of a mail file in pieces; a link in its place is not followed, nor a FIFO waited for.
 *
 * @param into every piece lies here, and is gone when the next one is asked for; without it each
 *   piece has memory of its own.
 * @throws Fault spoolTrouble when it is not there or cannot be read.
 */
export async function* piecesOf(
  path: string,
  shown: string,
  into?: Buffer,
): AsyncGenerator<Buffer> {
  try {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
    await using file = await open(path, flags)
    if (!(await file.stat()).isFile()) throw new Fault('spoolTrouble', `${shown} is no plain file`)
    for (;;) {
      const room = into ?? Buffer.allocUnsafe(pieceBytes)
      const { bytesRead } = await file.read(room, 0, room.length)
      if (bytesRead === 0) return
      yield room.subarray(0, bytesRead)
    }
  } catch (thrown) {
    throw diskFault(thrown, shown)
  }
}
