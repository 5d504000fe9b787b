import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../list/identity.ts'
import { readHead } from '../message/head.ts'
import { recipientOf } from './recipient.ts'

const list = identityOf({ listaddress: ['talk@example.net', 'alias@example.net'], delimiter: '+' })

function seen(header: string, { told, tocc = false }: { told?: string; tocc?: boolean } = {}) {
  const head = readHead(Buffer.from(`${header}\n\n`))
  return recipientOf(head, { sender: undefined, extension: told }, { tocc }, list)
}

const rows: readonly [string, { told?: string; tocc?: boolean }, string, boolean][] = [
  ['To: talk@example.net', { told: 'help' }, 'help', true],
  ['To: talk@example.net', { told: 'help', tocc: true }, 'help', true],
  ['To: talk+help@example.net', { told: '' }, '', true],
  ['Delivered-To: talk+help@example.net\nTo: talk@example.net', {}, 'help', true],
  ['Delivered-To: talk@example.net\nTo: talk+help@example.net', {}, 'help', true],
  ['Delivered-To: talk@example.net\nTo: talk+help@example.net', { tocc: true }, '', true],
  ['Delivered-To: talk+faq@example.net\nDelivered-To: talk+help@example.net', {}, 'faq', false],
  ['To: talk@example.net, talk+help@example.net', {}, '', true],
  ['To: talk+help@example.net, talk@example.net', {}, 'help', true],
  ['To: z@example.org\nCc: talk+help@example.net', {}, 'help', true],
  ['To: talk+@example.net', {}, '', true],
  ['To: TALK+HELP@EXAMPLE.NET', {}, 'HELP', true],
  ['To: alias+help@example.net', {}, 'help', true],
  ['To: z@example.org', {}, '', false],
  ['X-Original-To: talk+help@example.net\nTo: talk@example.net', {}, 'help', true],
  ['X-Original-To: talk@example.net\nTo: talk+help@example.net', {}, '', true],
  ['X-Original-To: z@example.org\nTo: talk+help@example.net', {}, 'help', true],
  ['Received: by x\nX-Original-To: talk+help@example.net\nTo: talk@example.net', {}, '', true],
  ['X-Original-To: talk+faq@example.net', { told: 'help' }, 'help', false],
  ['Subject: nobody', { told: 'help' }, 'help', false],
]

for (const [header, options, extension, namesTheList] of rows)
  test(`recipientOf() reads ${JSON.stringify(header)} with ${JSON.stringify(options)}`, () => {
    assert.deepEqual(seen(header, options), { extension, namesTheList })
  })
