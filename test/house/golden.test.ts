import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decorate, footerFor } from '../../src/compose/decorate.ts'
import { readSettings, type Settings } from '../../src/list/tunables.ts'
import { readHead } from '../../src/message/head.ts'

const golden = 'test/golden'
const names = readdirSync(golden)

/** Each folder holds a mail, the list's control files and the copy subscribers shall get. */
for (const name of names)
  test(`golden ${name} comes out byte for byte`, () => {
    const mail = readFileSync(`${golden}/${name}/in.eml`)
    const wanted = readFileSync(`${golden}/${name}/want.eml`)
    // As latin1 text, so that a difference can be read.
    assert.equal(copyOf(mail, settingsIn(name)).toString('latin1'), wanted.toString('latin1'))
  })

test('the golden mails are all there', () => {
  assert.ok(names.length >= 70, `only ${names.length} folders below ${golden}`)
})

function copyOf(mail: Buffer, settings: Settings): Buffer {
  const head = readHead(mail)
  const decorated = decorate(head, settings)
  const copy = Buffer.concat([decorated.head, mail.subarray(head.bodyStart)])
  return Buffer.concat([copy, footerFor(copy.at(-1), decorated.lineEnd, settings)])
}

function settingsIn(name: string): Settings {
  return readSettings((file) => {
    const path = `${golden}/${name}/control/${file}`
    return existsSync(path) ? readFileSync(path) : undefined
  }, assert.fail)
}
