import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from '../../list/identity.ts'
import { materialOf, renderMail, type MailOrder } from './render-mail.ts'

const order: MailOrder = {
  request: { purpose: 'help' },
  identity: identityOf({ listaddress: ['talk@example.org'], delimiter: undefined }),
  from: 'talk+owner@example.org',
  to: 'ann@example.org',
  values: {},
  lists: {},
  sources: { text: () => undefined, control: () => undefined, controlExists: () => false },
  stamp: {
    epochMs: 20 * 86_400_000,
    zoneMinutes: 60,
    pid: 42,
    random: '0123abcd',
    randoms: ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'],
  },
}

test('renderMail() gives the default headers in the order of mlmmj', () => {
  const { mail, warnings } = renderMail('\n$list$ $random5$\n', {
    ...order,
    replyTo: 'r@example.org',
  })
  assert.equal(
    mail.toString(),
    `From: talk+owner@example.org
To: ann@example.org
Message-ID: <1728000-42-mlmmj-0123abcd@example.org>
Date: Wed, 21 Jan 1970 01:00:00 +0100
Subject: mlmmj administrivia
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
Reply-To: r@example.org
Auto-Submitted: auto-replied

talk r5
`,
  )
  assert.deepEqual(warnings, [])
})

test('renderMail() marks mail that answers nobody as such', () => {
  const { mail } = renderMail('\nx\n', { ...order, request: { purpose: 'notify', action: 'sub' } })
  assert.match(mail.toString(), /^Auto-Submitted: auto-generated$/m)
})

test('renderMail() does not read addresses as template, nor let them write headers', () => {
  const { mail } = renderMail('\nx\n', {
    ...order,
    to: 'a$list$b@example.org\nBcc: joe@example.org',
  })
  assert.match(mail.toString(), /^To: a\$list\$b@example\.org Bcc: joe@example\.org$/m)
})

test('renderMail() lets neither values nor items write headers', () => {
  const text = 'Subject: re $subject$\nX-Who: %moderators%\n\n$subject$\n'
  for (const end of ['\n', '\r\n', '\r', '\n\n', '\0\n']) {
    const bad = `x${end}Bcc: joe@example.org`
    const lists = { moderators: [bad, 'ann@example.org\n'] }
    const { mail } = renderMail(text, { ...order, values: { subject: bad }, lists })
    const [head = ''] = mail.toString().split('\n\n')
    assert.doesNotMatch(head, /^Bcc:|\r|\0/im)
    assert.match(head, /^X-Who: x Bcc: joe@example\.org\nX-Who: ann@example\.org$/m)
  }
})

test('renderMail() adds the members to a list text that names none', () => {
  const listOrder = {
    ...order,
    request: { purpose: 'list', type: 'all' },
    lists: { normalsubs: ['ann@example.org'], nomailsubs: [], digestsubs: [] },
  }
  assert.match(
    renderMail('\nmembers:\n', listOrder).mail.toString(),
    /\n\nmembers:\nann@example\.org\n\n-- \n\n-- \n\n-- \nend of output\n$/,
  )
  assert.match(
    renderMail('\nmembers:\n- %digestsubs%\n- %normalsubs%\n', listOrder).mail.toString(),
    /\n\nmembers:\n- ann@example\.org\n$/,
  )
})

test('materialOf() has the lists and values of its order, and no others', () => {
  const used = new Set<string>()
  const material = materialOf({ ...order, lists: { who: ['ann@example.org'] } }, used)
  assert.deepEqual([...(material.list('who')?.items ?? [])], ['ann@example.org'])
  assert.equal(material.list('toString'), undefined)
  assert.equal(material.token('random0'), undefined)
  assert.equal(material.token('list')?.text, 'talk')
  assert.deepEqual([...used], ['who'])
})
