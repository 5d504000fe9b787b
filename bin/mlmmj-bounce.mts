import { bounce } from '../src/commands/bounce.ts'
import { main } from '../src/commands/main.ts'

void main(bounce, process.argv.slice(2))
