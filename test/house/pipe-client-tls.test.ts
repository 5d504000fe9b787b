import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { run } from '../_program.ts'
import {
  accepted,
  client,
  deliver,
  listen,
  scratchDir,
  smallMail,
  startService,
} from './_pipe-service.ts'

const options = {
  skip: existsSync('/usr/bin/openssl') ? false : 'openssl is not installed, so no certificate',
}

async function startTls(t: TestContext): Promise<{ port: number; ca: string; bodies: string[] }> {
  const dir = await scratchDir(t)
  const [key, ca] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const names = 'subjectAltName=DNS:localhost'
  const made = await run('/usr/bin/openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', ca, '-days', '2', '-subj', '/CN=localhost', '-addext', names],
  ])
  assert.equal(made.code, 0, made.stderr)
  const bodies: string[] = []
  const server = createServer(
    { key: await readFile(key), cert: await readFile(ca) },
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.once('end', () => {
        bodies.push(Buffer.concat(chunks).toString())
        response.writeHead(accepted.code).end(accepted.body)
      })
    },
  )
  server.on('tlsClientError', () => undefined)
  const { port, close } = await listen(server, 0)
  t.after(close)
  return { port, ca, bodies }
}

test('a mail goes through TLS to a service whose certificate is trusted', options, async (t) => {
  const { port, ca, bodies } = await startTls(t)
  const args = ['--mlmmj', 'localhost', '--port', String(port), '--ca', ca, 'talk']
  const { code, stdout } = await run(client, args, { stdin: smallMail })
  assert.deepEqual([code, stdout], [0, '2.6.0 accepted as 1a2b3c4d\n'])
  assert.deepEqual(bodies, [smallMail])
})

test('nothing is said to a service whose certificate is not trusted', options, async (t) => {
  const { port, ca, bodies } = await startTls(t)
  const stranger = await deliver(port, ['--tls'])
  assert.equal(stranger.code, 75)
  assert.match(stranger.stdout, /^4\.\d+\.\d+ .*self.signed/i)
  // The certificate is good, but for another name.
  const other = await deliver(port, ['--ca', ca])
  assert.equal(other.code, 75)
  assert.match(other.stdout, /^4\..*altnames/)
  assert.deepEqual(bodies, [])
})

test('a service without TLS is not trusted with a mail that wants it', options, async (t) => {
  const dir = await scratchDir(t)
  await using plain = await startService()
  const { code, stdout } = await deliver(plain.port, ['--tls', '--fallback-dir', dir])
  assert.deepEqual([code, /^2\.0\.0 kept/.test(stdout)], [0, true])
  assert.equal(plain.taken.length, 0)
  const { port } = await startTls(t)
  assert.equal((await deliver(port)).code, 75)
})
