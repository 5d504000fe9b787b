import { listener } from '../src/commands/listener.ts'
import { main } from '../src/commands/main.ts'

// So many files can be synced at the same time (libuv reads it when it first needs a thread).
process.env['UV_THREADPOOL_SIZE'] ??= '16'
void main(listener, process.argv.slice(2))
