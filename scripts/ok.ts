import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { atOnce } from '../src/base/at-once.ts'

/** The slowest first. A step passes by saying nothing. */
const checks = ['lint', 'types', 'format', 'docs:check', 'imports', 'sizes', 'names']

let failed = false
await atOnce(availableParallelism(), checks, async (check) => {
  const child = spawn('npm', ['run', '--silent', check], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 70)))
  const said = await Promise.all([text(child.stdout), text(child.stderr)])
  if ((await ended) === 0) return
  failed = true
  process.stderr.write(`${said.join('')}ok: ${check} has something to say (npm run ${check})\n`)
})

if (failed) process.exitCode = 1
else {
  const tests = spawn('npm', ['run', '--silent', 'test:unit'], { stdio: 'inherit' })
  tests.once('close', (code) => (process.exitCode = code ?? 70))
}
