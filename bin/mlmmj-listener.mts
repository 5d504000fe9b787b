import { listener } from '../src/commands/listener.ts'
import { main } from '../src/commands/main.ts'

/** Time to end by itself (milliseconds). */
const graceMs = 1_000

// So many files can be synced at the same time (libuv reads it when it first needs a thread).
process.env['UV_THREADPOOL_SIZE'] ??= '16'
void main(listener, process.argv.slice(2)).then(() => {
  // Everything is closed: what keeps Node alive after this was forgotten, and who asked us to end waits.
  setTimeout(() => process.exit(), graceMs).unref()
})
