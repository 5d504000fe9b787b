import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/fault.ts'
import { MailContent } from './_mail-content.ts'

const bytes = (text: string) => Buffer.from(text)

test('what is put in before and while somebody reads comes out in order', async () => {
  const content = new MailContent(() => undefined)
  content.put(bytes('a'))
  content.put(bytes('b'))
  const read = (async () => {
    const found: string[] = []
    for await (const chunk of content) found.push(String(chunk))
    return found
  })()
  await Promise.resolve()
  setTimeout(() => {
    content.put(bytes('c'))
    content.complete()
  }, 5)
  assert.deepEqual(await read, ['a', 'b', 'c'])
})

test('it is full until somebody reads, and says so once', async () => {
  let told = 0
  const content = new MailContent(() => (told += 1))
  const large = Buffer.alloc(200_000)
  content.put(large)
  assert.equal(content.isFull, false)
  content.put(large)
  assert.equal(content.isFull, true)
  await content.next()
  assert.deepEqual([content.isFull, told], [false, 1])
  await content.next()
  assert.equal(told, 1)
  content.put(large)
  content.put(large)
  content.discard()
  assert.deepEqual([content.isFull, told], [false, 2])
})

test('a mail that broke off or was given up never looks complete', async () => {
  const gone = new Fault('badMail', 'gone')
  const broken = new MailContent(() => undefined)
  const waiting = broken.next()
  broken.fail(gone)
  await assert.rejects(waiting, gone)
  broken.complete()
  await assert.rejects(broken.next(), gone)

  const begun = new MailContent(() => undefined)
  begun.put(bytes('a'))
  begun.fail(gone)
  await assert.rejects(begun.next(), gone, 'also when something had come')

  const left = new MailContent(() => undefined)
  left.put(bytes('a'))
  for await (const chunk of left) {
    assert.equal(String(chunk), 'a')
    break
  }
  left.put(bytes('b'))
  left.complete()
  await assert.rejects(left.next(), /given up/)
})
