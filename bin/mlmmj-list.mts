import { list } from '../src/commands/list.ts'
import { main } from '../src/commands/main.ts'

void main(list, process.argv.slice(2))
