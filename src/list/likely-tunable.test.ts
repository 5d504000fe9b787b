import assert from 'node:assert/strict'
import { test } from 'node:test'
import { likelyTunable, whyNoTunable } from './likely-tunable.ts'
import { tunables } from './tunables.ts'

test('every control file is itself', () => {
  for (const name of Object.keys(tunables)) assert.equal(whyNoTunable(name), undefined)
})

test('a mistyped name leads to the one that is meant', () => {
  const meant = {
    footr: 'footer',
    Footer: 'footer',
    moderator: 'moderators',
    'sub-only-post': 'subonlypost',
    modnonsub: 'modnonsubposts',
    maxmailsiz: 'maxmailsize',
    'listaddress.txt': 'listaddress',
    closelist: 'closedlist',
    customheader: 'customheaders',
  }
  for (const [typed, name] of Object.entries(meant)) {
    assert.equal(likelyTunable(typed), name, typed)
    assert.match(whyNoTunable(typed) ?? '', new RegExp(`; ${name} may be meant$`))
  }
})

test('what an editor left is no misspelling', () => {
  for (const name of ['footer~', '.footer.swp', '#footer#', 'footer.bak', 'footer.dpkg-old'])
    assert.equal(whyNoTunable(name), 'is a copy that an editor left; only footer is read')
})

test('a name that is like none leads nowhere', () => {
  for (const name of ['README', 'x', '', 'zzzzzzzz', '..', 'a/b'])
    assert.equal(whyNoTunable(name), 'is no control file that has an effect', name)
})
