import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { Fault } from '../base/fault.ts'
import { mostBytes, netstring, netstringReader } from './netstring.ts'
import { openSocketmap, type SocketmapLimits } from './socketmap.ts'

type LookUp = (table: string, key: string) => Promise<string | undefined>

async function server(lookUp: LookUp, limits: Partial<SocketmapLimits> = {}) {
  const opened = await openSocketmap({ tables: { lookUp }, host: '127.0.0.1', port: 0, limits })
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() }
}

const echo: LookUp = async (table, key) => (key === 'none' ? undefined : `${table}=${key}`)

function replies(socket: Socket) {
  const found: string[] = []
  const reader = netstringReader(mostBytes + 100)
  socket.on('data', (chunk: Buffer) => found.push(...reader.take(chunk)))
  return found
}

/** Sends bytes and hangs up; answers with everything that came back. */
async function ask(port: number, ...bytes: readonly (Buffer | string)[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1')
  const found = replies(socket)
  for (const part of bytes) socket.write(part)
  socket.end()
  await closed(socket)
  return found
}

test('a request is answered with a value, or NOTFOUND', async () => {
  await using map = await server(echo)
  assert.deepEqual(await ask(map.port, netstring('virtual talk@example.org')), [
    'OK virtual=talk@example.org',
  ])
  assert.deepEqual(await ask(map.port, netstring('transport none')), ['NOTFOUND '])
})

test('many requests in one packet are answered in their order', async () => {
  await using map = await server(async (_, key) => {
    // Later ones could be ready first.
    await new Promise((resolve) => setTimeout(resolve, key === '0' ? 20 : 0))
    return key
  })
  const keys = Array.from({ length: 300 }, (_, n) => String(n))
  const bytes = Buffer.concat(keys.map((key) => netstring(`virtual ${key}`)))
  assert.deepEqual(
    await ask(map.port, bytes),
    keys.map((key) => `OK ${key}`),
  )
})

test('a key may hold blanks and any byte, and as many bytes as the protocol has', async () => {
  await using map = await server(async (_, key) => String(key.length))
  const odd = 'virtual a b \0\xff\r\n,3:x,'
  const long = `virtual ${'x'.repeat(mostBytes - 8)}`
  assert.deepEqual(await ask(map.port, netstring(odd), netstring(long)), [
    `OK ${odd.length - 8}`,
    `OK ${mostBytes - 8}`,
  ])
})

test('an unknown table and a request without a key are PERM, and the connection goes on', async () => {
  await using map = await server(echo)
  const [unknown, noKey, empty, good] = await ask(
    map.port,
    ...['aliases x', 'virtual', '', 'virtual x'].map(netstring),
  )
  assert.equal(unknown, 'PERM there is no table of this name, only virtual, transport, recipients')
  assert.equal(noKey, 'PERM a request is a name, a blank and a key')
  assert.equal(empty, noKey)
  assert.equal(good, 'OK virtual=x')
})

test('what is no netstring, or too long, is PERM and ends the connection', async () => {
  await using map = await server(echo)
  const after = netstring('virtual x')
  assert.deepEqual(await ask(map.port, 'GET / HTTP/1.0\r\n\r\n', after), [
    'PERM this is no netstring',
  ])
  assert.deepEqual(await ask(map.port, '100001:', after), ['PERM a request may have 100000 bytes'])
})

test('trouble with the spool is TEMP, and so is a bug of ours', async () => {
  await using map = await server(async (_, key) => {
    if (key === 'bug') return (undefined as unknown as string).slice()
    throw new Fault('spoolTrouble', 'no\nspool')
  })
  assert.deepEqual(await ask(map.port, netstring('virtual x')), ['TEMP no?spool'])
  assert.match((await ask(map.port, netstring('virtual bug')))[0] ?? '', /^TEMP [ -~]+$/)
})

test('a spool that does not answer is TEMP', async () => {
  await using map = await server(() => new Promise(() => undefined), { lookUpMs: 30 })
  assert.deepEqual(await ask(map.port, netstring('virtual x')), ['TEMP the spool does not answer'])
})

/** The server may reset the connection; that is a way of closing it. */
async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}

test('a request that comes byte by byte has one deadline', async () => {
  await using map = await server(echo, { requestMs: 80, idleMs: 60_000 })
  const socket = connect(map.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('500:')
  const drip = setInterval(() => socket.write('x'), 10)
  await closed(socket)
  clearInterval(drip)
  assert.ok(socket.bytesWritten < 100)
})

test('a silent client is hung up on', async () => {
  await using map = await server(echo, { idleMs: 50 })
  const socket = connect(map.port, '127.0.0.1')
  await closed(socket)
})

test('a client that takes no replies is hung up on', async () => {
  const long = 'x'.repeat(90_000)
  await using map = await server(async () => long, { lookUpMs: 50, requestMs: 50 })
  const socket = connect(map.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(Buffer.concat(Array.from({ length: 300 }, () => netstring('virtual x'))))
  await new Promise((resolve) => setTimeout(resolve, 400))
  // Reading what is left shows that the server has gone before it sent everything.
  const found = replies(socket)
  socket.resume()
  await closed(socket)
  assert.ok(found.length < 300, `${found.length} replies`)
})

test('more clients than allowed are hung up on; one that leaves makes room', async () => {
  await using map = await server(echo, { connections: 2 })
  const held = [connect(map.port, '127.0.0.1'), connect(map.port, '127.0.0.1')]
  for (const socket of held) {
    socket.write(netstring('virtual x'))
    await once(socket, 'data')
  }
  const third = connect(map.port, '127.0.0.1')
  third.on('error', () => undefined)
  await once(third, 'close')
  held[0]?.end()
  await once(held[0] as Socket, 'close')
  assert.deepEqual(await ask(map.port, netstring('virtual x')), ['OK virtual=x'])
  held[1]?.destroy()
})

test('close() ends with clients connected', async () => {
  const map = await server(echo)
  const socket = connect(map.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(netstring('virtual x'))
  await once(socket, 'data')
  await map.close()
  if (!socket.destroyed) {
    socket.resume()
    await closed(socket)
  }
})
