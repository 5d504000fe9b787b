import { doctor } from '../src/commands/doctor.ts'
import { main } from '../src/commands/main.ts'

void main(doctor, process.argv.slice(2))
