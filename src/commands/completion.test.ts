import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commands } from './_all.ts'
import { trialContext } from './_trial.ts'
import { completions } from './completion.ts'
import { guide } from './umbrella.ts'

async function guided(word: string, ...rest: string[]) {
  const { context, said } = trialContext()
  return { exit: await guide(word, rest, context), ...said() }
}

test('completions() offers commands, and the options of a command', async () => {
  assert.ok((await completions(commands, ['mlmmj-ts', 'su'])).includes('sub'))
  for (const words of [
    ['mlmmj-ts', 'sub', '--d'],
    ['/usr/bin/mlmmj-sub', '--d'],
    ['mlmmj-sub', '-L', 'x', '--'],
  ])
    assert.ok((await completions(commands, words)).includes('--digest'), words.join(' '))
})

test('mlmmj-ts completion prints a script for all programs', async () => {
  const { stdout, exit } = await guided('completion')
  assert.equal(exit, 0)
  assert.match(stdout, /mlmmj-ts --get-yargs-completions/)
  assert.match(stdout, /_mlmmj-ts_yargs_completions mlmmj-unsub\n/)
})

test('mlmmj-ts help explains one command or lists them all', async () => {
  assert.match((await guided('help', 'sub')).stdout, /^Usage: mlmmj-sub -L DIR/)
  const { stdout } = await guided('help')
  for (const { name, summary } of commands) assert.ok(stdout.includes(`${name} `), summary)
})

test('mlmmj-ts suggests a command for a misspelt one', async () => {
  const said = await guided('unsup')
  assert.equal(said.exit, 64)
  assert.match(said.stderr, /no command "unsup"; do you mean unsub\?/)
})
