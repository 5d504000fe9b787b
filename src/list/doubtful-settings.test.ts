import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doubtfulSettings } from './doubtful-settings.ts'
import { readSettings } from './tunables.ts'

/** What is found in a list with these control files. */
function doubts(files: Readonly<Record<string, string>>): readonly string[] {
  const settings = readSettings(
    (name) => (files[name] === undefined ? undefined : Buffer.from(files[name])),
    () => undefined,
  )
  return doubtfulSettings(settings, Object.keys(files)).map(({ file, why }) => `${file} ${why}`)
}

test('a usual list gives no cause for doubt', () => {
  assert.deepEqual(
    doubts({
      ...{ listaddress: 'talk@example.org\n', owner: 'ann@example.org\n', footer: 'bye\n' },
      ...{
        subonlypost: '',
        nosubonlydenymails: '',
        moderated: '',
        moderators: 'joe@example.org\n',
      },
    }),
    [],
  )
})

test('a file that another one makes useless is named', () => {
  assert.deepEqual(doubts({ closedlist: '', closedlistsub: '' }), [
    'closedlistsub has no effect: closedlist closes the list both ways',
  ])
  assert.deepEqual(doubts({ maxverprecips: '10\n', addtohdr: '' }), [
    'maxverprecips has no effect: addtohdr makes a copy for each',
  ])
  assert.deepEqual(doubts({ maxverprecips: '10\n' }), [])
  assert.deepEqual(doubts({ modnonsubposts: '' }), [
    'modnonsubposts has no effect without subonlypost or modonlypost',
  ])
  assert.deepEqual(doubts({ modnonsubposts: '', modonlypost: '' }), [])
  assert.deepEqual(doubts({ noarchive: '', digestinterval: '100\n' }), [
    'digestinterval has no effect: noarchive means no digests',
  ])
})

test('a misspelling that mlmmj itself reads is told', () => {
  assert.match(doubts({ nomailsub: '' }).join(), /should be called nonomailsub/)
})

test('a line that is no address is named', () => {
  assert.deepEqual(doubts({ owner: 'ann@example.org\nJoe <joe@example.org>\n' }), [
    'owner names "Joe <joe@example.org>", which holds a blank or a control character',
  ])
  assert.match(doubts({ moderators: 'ann\n' }).join(), /moderators names "ann", which has no @/)
})

test('groups of recipients are named where each has a checked return path of his own', () => {
  assert.match(doubts({ verp: 'postfix\n', bouncecheck: '' }).join(), /^verp has no effect/)
  assert.deepEqual(doubts({ verp: 'postfix\n' }), [])
})
