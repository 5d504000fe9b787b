import { unsub } from '../src/commands/unsub.ts'
import { main } from '../src/commands/main.ts'

void main(unsub, process.argv.slice(2))
