import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askerOn } from './_asker.ts'
import { trialContext } from './_trial.ts'

test('askerOn() takes one line for each question, and the fallback for the rest', async () => {
  const { context, said } = trialContext('  talk \r\n\nann@example.org')
  const asker = askerOn(context.stdin, context.stdout)
  const answers = [
    await asker.ask('Name', 'x'),
    await asker.ask('Domain', 'example.org'),
    await asker.ask('Owner', 'root'),
    await asker.ask('Texts', 'none'),
  ]
  assert.deepEqual(answers, ['talk', 'example.org', 'ann@example.org', 'none'])
  assert.match(said().stdout, /^Name \[x\]: Domain \[example\.org\]: /)
  await asker.close()
})

test('agrees() takes y for yes, nobody for yes, and everything else for no', async () => {
  const { context } = trialContext('y\nYES\n\nmaybe\n')
  const asker = askerOn(context.stdin, context.stdout)
  const answers: boolean[] = []
  for (let at = 0; at < 5; at++) answers.push(await asker.agrees('Really?'))
  assert.deepEqual(answers, [true, true, false, false, true])
})
