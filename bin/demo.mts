import { demo } from '../src/commands/demo.ts'

void demo(process.argv.slice(2))
