import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { run } from '../_program.ts'
import { bundleWorker } from './_workers.ts'

const fuzzer = bundleWorker('scripts/fuzz.ts')
after(() => fuzzer[Symbol.dispose]())

function fuzz(...args: readonly string[]) {
  return run(process.execPath, [fuzzer.path, ...args], { ms: 280_000 })
}

const row = (name: string, cases: number, findings: string) =>
  new RegExp(`^${name} +${cases} cases, slowest +[0-9.]+ ms, findings: ${findings}$`, 'm')

test('hostile input crashes nothing, hangs nothing and gets nowhere', async () => {
  const { code, stdout, stderr } = await fuzz('--cases', '30', '--seed', '20261127')
  assert.equal(stderr, '')
  assert.equal(code, 0, stdout)
  assert.match(stdout, /^fuzz: seed 20261127\n/)
  for (const name of [
    'headers',
    'MIME',
    'access rules',
    'listener JSON',
    'LMTP dialogue',
    'answers to the pipe client',
    'whole mails',
  ])
    assert.match(stdout, row(name, 30, '0'))
  assert.match(stdout, /\n420 passed, 0 failed\n$/)
})

const wrong: readonly (readonly [name: string, told: RegExp])[] = [
  ['throws', /this is not read well/],
  ['slow', /took [23456789]\d\d ms/],
  ['hangs', /no end within 3000 ms at case 1 of seed 1/],
]

for (const [name, told] of wrong)
  test(`the fuzzer notices what ${name}`, async () => {
    const args = ['--only', `broken: ${name}`, '--cases', '6', '--seed', '1', '--patience', '3']
    const { code, stdout } = await fuzz(...args)
    assert.equal(code, 1)
    assert.match(stdout, told)
    assert.match(stdout, /\n\d+ passed, [1-9]\d* failed\n$/)
  })

test('the fuzzer notices what eats memory', async () => {
  const { code, stdout } = await fuzz('--only', 'broken: eats memory', '--cases', '1')
  assert.equal(code, 1)
  assert.match(stdout, /ERR_WORKER_OUT_OF_MEMORY/)
})
