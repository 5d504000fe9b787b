import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { events, log } from './events.ts'
import { Fault } from './fault.ts'

function hear(t: TestContext): readonly string[] {
  const lines: string[] = []
  const listen = (line: unknown) => void lines.push(String(line))
  log.subscribe(listen)
  t.after(() => log.unsubscribe(listen))
  return lines
}

const cookie = '0123456789abcdef'

test('of a cookie only the half is told, wherever it stands', (t) => {
  const lines = hear(t)
  const list = `/spool/${cookie}`
  events.requestIgnored(list, cookie, `release-${cookie}`, `moderation/${cookie} is not there`)
  events.deliveryFailed(list, 'post', `subconf/${cookie.toUpperCase()} cannot be used`)
  events.commandFailed('x', new Fault('bug', `no ${cookie}`, new Error(`open '/${cookie}.omit'`)))
  for (const line of lines) assert.doesNotMatch(line.replaceAll(list, ''), new RegExp(cookie, 'i'))
  assert.equal(lines.length, 3)
  assert.match(lines[0] ?? '', /list="\/spool\/0123456789abcdef" .*extension="release-01234567"/)
})

test('an event is one line that does nothing in a terminal', (t) => {
  const lines = hear(t)
  events.mailDiscarded('/spool/talk', cookie, 'a\r\nb\u001b[2J\u009b2J\u007f\u2028c\0')
  assert.equal(lines[0]?.includes('why="a\\r\\nb\\u001b[2J\\u009b2J\\u007f\\u2028c\\u0000"'), true)
  assert.match(lines[0] ?? '', /^[ -~]*$/)
})
