import { listener } from '../src/commands/listener.ts'
import { main } from '../src/commands/main.ts'

void main(listener, process.argv.slice(2))
