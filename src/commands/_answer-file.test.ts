import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../base/fault.ts'
import { readAnswers, writeAnswers } from './_answer-file.ts'

test('readAnswers() unquotes as sh does', () => {
  const content = `# made by hand
SPOOLDIR='/var/spool/my lists'
LISTNAME=talk FQDN="example.org"; OWNER='it'\\''s'"\\"me\\""@example.org   # who

export TEXTLANG=en\r
HOME=/root
ADDALIAS=y`
  assert.deepEqual(readAnswers(content), {
    SPOOLDIR: '/var/spool/my lists',
    LISTNAME: 'talk',
    FQDN: 'example.org',
    OWNER: `it's"me"@example.org`,
    TEXTLANG: 'en',
    ADDALIAS: 'y',
  })
})

for (const line of [
  'LISTNAME=$(id)',
  'LISTNAME="`id`"',
  'rm -rf x',
  "OWNER='open",
  'A=b|c',
  'A=b>c',
])
  test(`readAnswers() does not run ${line}`, () => {
    assert.throws(
      () => readAnswers(`\n${line}\n`),
      (thrown) => isFault(thrown, 'badUsage') && thrown.message.startsWith('line 2 '),
    )
  })

test('writeAnswers() writes what readAnswers() reads', () => {
  const answers = { LISTNAME: 'talk', OWNER: "o'neil@example.org" }
  const read = readAnswers(writeAnswers(answers))
  assert.equal(read.OWNER, answers.OWNER)
  assert.equal(read.LISTNAME, 'talk')
  assert.equal(read.CHOWN, '')
})
