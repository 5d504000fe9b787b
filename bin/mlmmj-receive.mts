import { receive } from '../src/commands/receive.ts'
import { main } from '../src/commands/main.ts'

void main(receive, process.argv.slice(2))
