import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings, tunables, type TunableName } from './tunables.ts'

function read(name: TunableName, content: string): { value: unknown; said: string[] } {
  const said: string[] = []
  const settings = readSettings(
    (file) => (file === name ? Buffer.from(content, 'latin1') : undefined),
    (file, why) => void said.push(`${file} ${why}`),
  )
  return { value: settings[name], said }
}

test('readSettings() gives every control file its default when there is none', () => {
  const settings = readSettings(
    () => undefined,
    () => assert.fail('nothing is wrong'),
  )
  for (const [name, { fallback }] of Object.entries(tunables))
    assert.equal(settings[name as TunableName], fallback, name)
})

test('readSettings() calls a flag set whatever is in it', () => {
  assert.deepEqual(read('moderated', ''), { value: true, said: [] })
  assert.equal(read('moderated', 'off').said.length, 1)
})

const numbers: readonly [string, number | undefined, number][] = [
  ['2525', 2525, 0],
  ['2525\nsecond line', 2525, 0],
  [' 2525 \r\n', 2525, 0],
  ['+2525', 2525, 0],
  ['2525 # why', 2525, 0],
  ['002525', 2525, 0],
  ['', 25, 0],
  ['\n', 25, 1],
  ['99999', 25, 1],
  ['0', 25, 1],
  ['-1', 25, 1],
  ['0x10', 25, 1],
  ['25k', 25, 1],
  ['2 5', 25, 1],
  ['99999999999999999999', 25, 1],
]
for (const [content, value, complaints] of numbers)
  test(`readSettings() reads smtpport ${JSON.stringify(content)} as ${value}`, () => {
    const found = read('smtpport', content)
    assert.equal(found.value, value)
    assert.equal(found.said.length, complaints)
  })

test('readSettings() takes 0 for a limit where mlmmj does, and nowhere else', () => {
  assert.equal(read('maxmailsize', '0').value, 0)
  assert.equal(read('maxmailsize', '10k').value, undefined)
  assert.equal(read('modreqlife', '0').value, 604_800)
})

test('readSettings() keeps blanks in lines and drops what ends them', () => {
  assert.equal(read('prefix', ' [talk] \r\r\nmore').value, ' [talk] ')
  assert.equal(read('prefix', '\n').value, '')
  assert.equal(read('prefix', '').value, undefined)
  assert.equal(read('verp', '').value, '')
  assert.deepEqual(read('send', 'a\r\n\r\n\n b ').value, ['a', ' b '])
  assert.deepEqual(read('send', '').value, [])
  assert.equal(read('footer', 'a\r\n\0').value, 'a\r\n\0')
})
