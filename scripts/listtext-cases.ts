// Plays list text cases against our engine: npm run listtext-cases -- [DIR]
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { difference, judgeCase, readCase, type Deviations } from './_listtext-case.ts'

const dir = process.argv[2] ?? '../shared/spec/listtext-cases'
if (!existsSync(dir)) {
  process.stderr.write(`listtext-cases: there is no ${dir}\n`)
  process.exit(66)
}
const deviations = JSON.parse(
  readFileSync('scripts/listtext-deviations.json', 'utf8'),
) as Deviations
let [passed, failed] = [0, 0]
for (const file of readdirSync(dir)
  .filter((name) => name.endsWith('.json'))
  .sort()) {
  const played = readCase(join(dir, file))
  const verdict = judgeCase(played, deviations)
  if (verdict.passed) passed++
  else failed++
  if (verdict.deviation !== undefined)
    process.stdout.write(
      `${verdict.passed ? 'differs' : 'FAILED'} ${played.name}: ${verdict.deviation}\n`,
    )
  else if (!verdict.passed) process.stdout.write(`FAILED ${played.name}\n`)
  if (!verdict.passed) process.stdout.write(`${difference(verdict)}\n`)
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0
