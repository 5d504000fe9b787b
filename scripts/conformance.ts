// Plays what mlmmj 1.3 and ours have in common: npm run conformance -- [WORD OF A TITLE …]
// With --page it writes docs/compatibility.md instead.
import { rm, writeFile } from 'node:fs/promises'
import { withoutDebian } from '../test/_program.ts'
import { compatibilityPage } from '../test/oracle/_compatibility-page.ts'
import { compare } from '../test/oracle/_scenario.ts'
import { scenarios } from '../test/oracle/_scenarios.ts'
import { writeTexts } from '../test/_list-texts.ts'

if (process.argv[2] === '--page') {
  await writeFile('docs/compatibility.md', compatibilityPage())
  process.exit(0)
}
if (withoutDebian !== false) {
  process.stderr.write(`conformance: ${withoutDebian}\n`)
  process.exit(69)
}
const words = process.argv.slice(2)
const waiting = Object.entries(scenarios).filter(
  ([title]) => words.length === 0 || words.some((word) => title.includes(word)),
)
let [passed, failed] = [0, 0]
const texts = await writeTexts()

async function playOn(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [title, scenario] = next
    try {
      await compare(scenario, texts)
      passed++
    } catch (thrown) {
      // Whatever goes wrong in a scenario, the others are played.
      failed++
      process.stdout.write(`FAILED ${title}\n${(thrown as Error).message}\n`)
    }
  }
}

await Promise.all([playOn(), playOn(), playOn()])
await rm(texts, { recursive: true })
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0
