import process from 'node:process'
import { main } from '../src/commands/main.ts'
import { process as processMail } from '../src/commands/process.ts'

void main(processMail, process.argv.slice(2))
