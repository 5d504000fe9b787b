import { main } from '../src/commands/main.ts'
import { renewText } from '../src/commands/renew-text.ts'

void main(renewText, process.argv.slice(2))
