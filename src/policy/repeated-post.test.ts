import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHead } from '../message/head.ts'
import { repeatName } from './repeated-post.ts'

const named = (subject: string, poster = 'ann@example.org', text = 'away') =>
  repeatName(readHead(Buffer.from(`Subject: ${subject}\n\n`)), poster, text)

test('repeatName() is the same for answers to answers', () => {
  for (const subject of ['Re: hello', 'Re: Re:  hello', '[talk] Re: hello', 'Away: [talk] hello'])
    assert.equal(named(subject), named('hello'), subject)
  assert.equal(named('hello', 'Ann@Example.org'), named('hello'))
})

test('repeatName() tells posts apart by poster, subject and text', () => {
  assert.notEqual(named('hello', 'bob@example.org'), named('hello'))
  assert.notEqual(named('hallo'), named('hello'))
  assert.notEqual(named('hello', 'ann@example.org', 'here'), named('hello'))
})
