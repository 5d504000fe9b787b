import { spawnSync } from 'node:child_process'

/** Cheapest first. A step passes by saying nothing, the tests by passing. */
const steps = ['format', 'imports', 'sizes', 'names', 'docs:check', 'types', 'lint', 'test:unit']

for (const step of steps) {
  const { status } = spawnSync('npm', ['run', '--silent', step], { stdio: 'inherit' })
  if (status !== 0) {
    process.stderr.write(`ok: ${step} has something to say (npm run ${step})\n`)
    process.exitCode = status ?? 70
    break
  }
}
