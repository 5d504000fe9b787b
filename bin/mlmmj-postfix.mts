import { main } from '../src/commands/main.ts'
import { postfix } from '../src/commands/postfix.ts'

void main(postfix, process.argv.slice(2))
