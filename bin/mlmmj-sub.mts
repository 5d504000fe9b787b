import { sub } from '../src/commands/sub.ts'
import { main } from '../src/commands/main.ts'

void main(sub, process.argv.slice(2))
