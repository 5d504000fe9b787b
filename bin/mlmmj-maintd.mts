import { maintd } from '../src/commands/maintd.ts'
import { main } from '../src/commands/main.ts'

void main(maintd, process.argv.slice(2))
