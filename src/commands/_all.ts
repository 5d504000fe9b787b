import type { Command } from './_command.ts'
import { bounce } from './bounce.ts'
import { doctor } from './doctor.ts'
import { list } from './list.ts'
import { listener } from './listener.ts'
import { maintd } from './maintd.ts'
import { makeMl } from './make-ml.ts'
import { postfix } from './postfix.ts'
import { process } from './process.ts'
import { receive } from './receive.ts'
import { renewText } from './renew-text.ts'
import { send } from './send.ts'
import { sub } from './sub.ts'
import { unsub } from './unsub.ts'

/** Every command, as `mlmmj-ts help` lists them. */
export const commands: readonly Command[] = [
  makeMl,
  sub,
  unsub,
  list,
  receive,
  process,
  send,
  bounce,
  maintd,
  listener,
  doctor,
  postfix,
  renewText,
]
