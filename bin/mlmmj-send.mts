import { send } from '../src/commands/send.ts'
import { main } from '../src/commands/main.ts'

void main(send, process.argv.slice(2))
