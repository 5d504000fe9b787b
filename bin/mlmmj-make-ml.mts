import { makeMl } from '../src/commands/make-ml.ts'
import { main } from '../src/commands/main.ts'

void main(makeMl, process.argv.slice(2))
