import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

// npm run bench -- [NAME [ARGUMENT …]]: answers one question about speed, or all of them.
const [wanted, ...rest] = process.argv.slice(2)
const questions = readdirSync('bench', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
if (wanted !== undefined && !questions.includes(wanted)) {
  process.stderr.write(`bench: there is no ${wanted}, only ${questions.join(', ')}\n`)
  process.exitCode = 64
} else {
  for (const name of wanted === undefined ? questions : [wanted]) {
    const script = `bench/${name}/${name}.ts`
    const { status } = spawnSync('node', ['scripts/run.mjs', script, ...rest], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = status ?? 70
  }
}
