import { umbrella } from '../src/commands/umbrella.ts'

void umbrella(process.argv.slice(2))
