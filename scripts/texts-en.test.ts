import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderDigestText } from '../src/compose/text/digest-text.ts'
import { renderMail, type MailOrder } from '../src/compose/text/render-mail.ts'
import { identityOf } from '../src/list/identity.ts'
import { textNames } from '../src/list/text-names.ts'
import { decodeText } from '../src/message/encoded-word.ts'

const dir = 'texts/en'
const identity = identityOf({ listaddress: ['tea-lovers@lists.example.org'], delimiter: '+' })
const cookie = '0123456789abcdef'
const sub = ['normal', 'digest', 'nomail', 'both']
const unsub = ['all', 'normal', 'digest', 'nomail']

/** Everything the programs ask for (spec listtexts 3.1), with what they give. */
const asked: readonly string[] = [
  'help---',
  'faq---',
  'probe---',
  'list---all',
  ...combine('confirm-sub', ['request', 'admin'], sub),
  ...combine('confirm-unsub', ['request', 'admin'], unsub),
  ...combine('finish-sub', ['request', 'confirm', 'admin', 'permit', 'switch'], sub),
  ...combine('finish-unsub', ['request', 'confirm', 'admin'], unsub),
  ...combine('notify-sub', ['request', 'confirm', 'admin', 'permit'], sub),
  ...combine('notify-unsub', ['request', 'confirm', 'admin', 'bouncing'], unsub),
  ...combine('deny-sub', ['disabled'], ['digest', 'both', 'nomail']),
  ...combine('deny-sub', ['subbed'], sub),
  ...combine('deny-unsub', ['unsubbed'], unsub),
  ...combine('gatekeep-sub', ['request', 'confirm', 'admin'], sub),
  ...combine('wait-sub', ['request', 'confirm', 'admin'], sub),
  ...combine('moderate-post', ['moderated', 'modnonsubposts', 'modnonmodposts', 'access'], ['']),
  ...combine('wait-post', ['moderated', 'modnonsubposts', 'modnonmodposts', 'access'], ['']),
  ...combine('deny-post', ['subonlypost', 'modonlypost', 'access', 'maxmailsize', 'tocc'], ['']),
  'deny-post-access-full',
]

const controls = [
  [],
  ['closedlist', 'closedlistsub', 'nodigestsub', 'nonomailsub', 'noget'],
  ['closedlistsub', 'subonlyget'],
  ['noarchive'],
]

function combine(name: string, reasons: readonly string[], types: readonly string[]): string[] {
  return reasons.flatMap((reason) => types.map((type) => `${name}-${reason}-${type}`))
}

function orderOf(name: string, control: readonly string[]): MailOrder {
  const [purpose = '', ...parts] = name.split('-')
  const [action, reason, type] = parts.map((part) => (part === '' ? undefined : part))
  const below = (extension: string) => `tea-lovers+${extension}-${cookie}@lists.example.org`
  const isPost = action === 'post'
  const mail = ['From: ann@example.org\n', 'Subject: hello\n', '\n', 'A short text\n']
  const people = ['ann@example.org', 'joe@example.net']
  const listNames = {
    list: ['listsubs', 'normalsubs', 'digestsubs', 'nomailsubs'],
    probe: ['bouncenumbers'],
    gatekeep: ['gatekeepers'],
    wait: isPost ? ['moderators'] : ['gatekeepers'],
    moderate: ['moderators'],
  }[purpose]
  return {
    request: { purpose, action, reason, type },
    identity,
    from: 'tea-lovers+owner@lists.example.org',
    to: 'ann@example.org',
    values: {
      ...(action === 'sub' || action === 'unsub' ? { subaddr: 'ann@example.org' } : {}),
      ...(purpose === 'confirm' ? { confirmaddr: below('confsub-digest') } : {}),
      ...(purpose === 'gatekeep'
        ? { permitaddr: below('permit'), obstructaddr: below('obstruct') }
        : {}),
      ...(purpose === 'moderate'
        ? { releaseaddr: below('release'), rejectaddr: below('reject') }
        : {}),
      ...(isPost ? { subject: 'hello '.repeat(20), posteraddr: 'ann@example.org' } : {}),
      ...(reason === 'maxmailsize' ? { maxmailsize: '50000' } : {}),
    },
    lists: Object.fromEntries((listNames ?? []).map((list) => [list, people])),
    original: isPost ? mail : undefined,
    sources: {
      text: () => undefined,
      control: () => undefined,
      controlExists: (file) => control.includes(file),
    },
    stamp: {
      epochMs: 0,
      zoneMinutes: 0,
      pid: 1,
      random: '0123abcd',
      randoms: Array.from({ length: 6 }, () => cookie),
    },
  }
}

function textFor(name: string): string {
  const [purpose = '', action, reason, type] = name.split('-')
  const found = textNames({ purpose, action, reason, type }).find((file) =>
    existsSync(join(dir, file)),
  )
  assert.ok(found, `no text for ${name}`)
  return readFileSync(join(dir, found), 'latin1')
}

function checkLines(name: string, text: string): void {
  assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'), `${name} ends with one line end`)
  for (const line of text.split('\n')) {
    assert.doesNotMatch(line, /[$%\\]/, `${name}: ${line}`)
    assert.doesNotMatch(line, /[ \t]$/, `${name}: ${JSON.stringify(line)}`)
  }
  const body = text.replace(/^[^]*?\n\n/, '')
  assert.ok(!body.includes('\n\n\n'), `${name} has no gaps`)
  assert.doesNotMatch(body, /\n {4}.*\n[^ \n-]/, `${name} has a blank line behind indented ones`)
  for (const line of body.split('\n')) assert.ok(line.length <= 76, `${name}: ${line}`)
}

test('each text that can be asked for is whole, fits the screen and says how to reach a human', () => {
  for (const name of asked)
    for (const control of controls) {
      const where = `${name} [${control.join(' ')}]`
      const { mail, warnings } = renderMail(textFor(name), orderOf(name, control))
      const text = mail.toString('latin1')
      assert.deepEqual(warnings, [], where)
      checkLines(where, text)
      const subject = /^Subject: (.*(?:\n .*)*)$/m.exec(text)?.[1] ?? ''
      assert.match(decodeText(subject), /^[\x20-\x7e]{15,}$/, where)
      assert.match(
        text,
        /tea-lovers\+owner@lists\.example\.org[^]*\n\n[^]*tea-lovers\+owner@/,
        where,
      )
      assert.match(text, /\nAuto-Submitted: auto-(replied|generated)\n/, where)
    }
})

test('the digest text is whole and fits the screen', () => {
  const order = {
    ...orderOf('digest', []),
    values: { digestfirst: '4', digestlast: '9', digestinterval: '4-9', digestissue: '3' },
    lists: { digestthreads: ['Hello', '      4 - ann@example.org', ''] },
  }
  const { subject, body, warnings } = renderDigestText(textFor('digest'), order)
  assert.equal(subject, 'Subject: Digest of tea-lovers, issue 3: posts 4-9')
  assert.deepEqual(warnings, [])
  checkLines('digest', body.toString('latin1'))
  assert.match(body.toString('latin1'), /^Hello\n {6}4 - ann@example\.org\n\n/m)
})

test('no English text is left that nothing asks for', () => {
  const used = new Set(['digest'])
  for (const name of asked) {
    const [purpose = '', action, reason, type] = name.split('-')
    const names = textNames({ purpose, action, reason, type })
    used.add(names.find((file) => existsSync(join(dir, file))) ?? '')
  }
  assert.deepEqual([...used].sort(), readdirSync(dir).sort())
})
