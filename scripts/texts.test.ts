import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderDigestText } from '../src/compose/text/digest-text.ts'
import { renderMail, type MailOrder } from '../src/compose/text/render-mail.ts'
import { textFromBytes } from '../src/base/bytes.ts'
import { identityOf } from '../src/list/identity.ts'
import { textNames } from '../src/list/text-names.ts'
import { decodeText } from '../src/message/encoded-word.ts'

const languages = readdirSync('texts').sort()
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

function textFor(language: string, name: string): string {
  const dir = join('texts', language)
  const [purpose = '', action, reason, type] = name.split('-')
  const found = textNames({ purpose, action, reason, type }).find((file) =>
    existsSync(join(dir, file)),
  )
  assert.ok(found, `no text for ${name}`)
  return readFileSync(join(dir, found), 'latin1')
}

/** Columns on a terminal: East Asian characters take two (Unicode UAX 11, as far as we write them). */
function columnsOf(line: string): number {
  let columns = 0
  for (const character of line) {
    const code = character.codePointAt(0) ?? 0
    const wide =
      (code >= 0x2e80 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60)
    columns += wide ? 2 : 1
  }
  return columns
}

function checkLines(where: string, bytes: Buffer): string {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'), `${where} ends with one line end`)
  const body = text.replace(/^[^]*?\n\n/, '')
  for (const line of body.split('\n')) {
    assert.doesNotMatch(line, /[$%\\]/, `${where}: ${line}`)
    assert.doesNotMatch(line, /[ \t]$/, `${where}: ${JSON.stringify(line)}`)
    assert.ok(columnsOf(line) <= 76, `${where}: ${line}`)
  }
  assert.ok(!body.includes('\n\n\n'), `${where} has no gaps`)
  return text
}

function checkMail(language: string, name: string, control: readonly string[]): void {
  const where = `${language}/${name} [${control.join(' ')}]`
  const { mail, warnings } = renderMail(textFor(language, name), orderOf(name, control))
  assert.deepEqual(warnings, [], where)
  const text = checkLines(where, mail)
  const subject = /^Subject: (.*(?:\n .*)*)$/m.exec(text)?.[1] ?? ''
  const shown = textFromBytes(decodeText(subject))
  assert.ok(columnsOf(shown) >= 8, `${where}: ${shown}`)
  assert.doesNotMatch(shown, /[$%?\ufffd]\w*[$%]|=\?/, where)
  // The address of a person stands in the text, not only in the header.
  assert.match(text, /tea-lovers\+owner@lists\.example\.org[^]*\n\n[^]*tea-lovers\+owner@/, where)
  assert.match(text, /\nAuto-Submitted: auto-(replied|generated)\n/, where)
}

for (const language of languages) {
  test(`texts/${language} has a text for everything that is asked for, fit to be read`, () => {
    for (const name of asked) for (const control of controls) checkMail(language, name, control)
  })

  test(`texts/${language} has a digest text`, () => {
    const order = {
      ...orderOf('digest', []),
      values: { digestfirst: '4', digestlast: '9', digestinterval: '4-9', digestissue: '3' },
      lists: { digestthreads: ['Hello', '      4 - ann@example.org', ''] },
    }
    const { subject, body, warnings } = renderDigestText(textFor(language, 'digest'), order)
    assert.match(textFromBytes(decodeText(subject)), /tea-lovers.*3.*4-9|tea-lovers/)
    assert.deepEqual(warnings, [])
    const text = checkLines(`${language}/digest`, Buffer.concat([Buffer.from('\n'), body]))
    assert.match(text, /^Hello\n {6}4 - ann@example\.org\n\n/m)
  })

  test(`texts/${language} has the same files as texts/en, and is not English`, () => {
    assert.deepEqual(readdirSync(join('texts', language)), readdirSync('texts/en'))
    if (language === 'en') return
    for (const name of readdirSync('texts/en'))
      assert.notEqual(
        readFileSync(join('texts', language, name), 'utf8'),
        readFileSync(join('texts/en', name), 'utf8'),
        `${language}/${name}`,
      )
  })
}
test('no English text is left that nothing asks for', () => {
  const used = new Set(['digest'])
  for (const name of asked) {
    const [purpose = '', action, reason, type] = name.split('-')
    const names = textNames({ purpose, action, reason, type })
    used.add(names.find((file) => existsSync(join('texts/en', file))) ?? '')
  }
  assert.deepEqual([...used].sort(), readdirSync('texts/en').sort())
})
