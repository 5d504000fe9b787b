import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { openHouse } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Relay } from '../../src/delivery/transport.ts'
import { settingsOf } from '../../src/spool/settings.ts'
import { defaultGateway } from '../../src/spool/host-files.ts'
import { scratchList } from '../_list.ts'
import { deliver, relayThat, toEach, within } from './_delivery-relay.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mlmmj-tls-'))
after(() => rmSync(scratch, { recursive: true }))

/** A certificate for relay.example.net and 127.0.0.1 that is its own authority. */
function certificate(): { key: string; cert: string } {
  const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')]
  const names = 'subjectAltName=DNS:relay.example.net,IP:127.0.0.1'
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=relay.example.net', '-addext', names],
      ...['-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

const { key, cert } = certificate()
const login = { user: 'lists', password: 'p\u00e4ss w\u00f6rd' }

/** A smarthost that takes mail from whom it knows. */
async function smarthost(options: SMTPServerOptions = {}) {
  const taken: { secure: boolean; user: unknown; mechanism: string | undefined }[] = []
  let mechanism: string | undefined
  const server = new SMTPServer({
    ...{ key, cert, logger: false, disableReverseLookup: true, authOptional: true },
    closeTimeout: 100,
    onAuth: ({ method, username, password }, _, done) => {
      mechanism = method
      if (username === login.user && password === login.password) done(null, { user: username })
      else done(Object.assign(new Error('who are you?'), { responseCode: 535 }))
    },
    onData: (stream, { secure, user }, done) => {
      stream.resume()
      stream.on('end', () => {
        taken.push({ secure, user, mechanism })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    taken,
    port: (server.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

type Security = NonNullable<Relay['security']>

async function offered(port: number, security: Security, host = '127.0.0.1') {
  return await deliver({ port, host, security }, toEach(2), { deadlines: within(3_000) })
}

for (const mechanism of ['PLAIN', 'LOGIN'] as const)
  for (const tls of ['starttls', 'implicit'] as const)
    test(`a smarthost takes mail with ${tls} and AUTH ${mechanism}`, async () => {
      await using host = await smarthost({ secure: tls === 'implicit', authMethods: [mechanism] })
      const { lines, end } = await offered(host.port, { tls, ca: cert, login })
      assert.deepEqual(end, { emptied: true, trouble: undefined })
      assert.equal(lines.filter((line) => line.includes(': sent body 250')).length, 2)
      assert.deepEqual(host.taken, [
        { secure: true, user: login.user, mechanism },
        { secure: true, user: login.user, mechanism },
      ])
    })

test('a certificate nobody vouches for ends a delivery, and only `may` overlooks it', async () => {
  await using host = await smarthost()
  const strict = await offered(host.port, { tls: 'starttls' })
  assert.deepEqual(strict.lines, [])
  assert.equal(strict.left, 2)
  assert.match(strict.end.trouble ?? '', /self.signed certificate/i)
  const loose = await offered(host.port, { tls: 'may' })
  assert.equal(loose.end.emptied, true)
  assert.equal(host.taken[0]?.secure, true)
})

test('the certificate must have the name of the relay, or the one that was given', async () => {
  await using host = await smarthost()
  const wrong = await offered(host.port, { tls: 'starttls', ca: cert, name: 'other.example.net' })
  assert.match(wrong.end.trouble ?? '', /other\.example\.net/)
  const right = await offered(host.port, { tls: 'starttls', ca: cert, name: 'relay.example.net' })
  assert.equal(right.end.trouble, undefined)
})

test('demanded TLS that is not offered ends a delivery; wished TLS does not', async () => {
  await using relay = await relayThat({})
  const strict = await offered(relay.port, { tls: 'starttls', ca: cert })
  assert.match(strict.end.trouble ?? '', /does not offer STARTTLS/)
  assert.equal(relay.mails.length, 0)
  const { end } = await offered(relay.port, { tls: 'may' })
  assert.equal(end.emptied, true)
  assert.equal(relay.mails.length, 2)
})

test('a relay that knows HELO alone is not given what TLS was demanded for', async () => {
  await using relay = await relayThat({ EHLO: '502 5.5.1 what?' })
  const { end } = await offered(relay.port, { tls: 'starttls', login })
  assert.match(end.trouble ?? '', /does not offer STARTTLS/)
  assert.equal(relay.mails.length, 0)
})

test('what is said between STARTTLS and TLS is not believed', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('220 relay.example.net\r\n')
    socket.on('data', (chunk) => {
      const line = String(chunk)
      if (line.startsWith('EHLO')) socket.write('250-relay.example.net\r\n250 STARTTLS\r\n')
      if (line.startsWith('STARTTLS')) socket.write('220 go on\r\n250 and this in clear\r\n')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { end } = await offered(port, { tls: 'starttls', ca: cert })
  assert.match(end.trouble ?? '', /more than it was asked|without being asked/)
  server.close()
})

test('a wrong password keeps the mail, and is told without the password', async () => {
  await using host = await smarthost()
  const wrong = { user: login.user, password: 'another one' }
  const { end, left } = await offered(host.port, { tls: 'starttls', ca: cert, login: wrong })
  assert.match(end.trouble ?? '', /^535 /)
  assert.equal(left, 2)
  assert.doesNotMatch(JSON.stringify(end), /another one|YW5vdGhlciBvbmU/)
})

for (const mechanism of ['PLAIN', 'LOGIN'] as const)
  test(`a relay that repeats what it was told by AUTH ${mechanism} is not quoted`, async () => {
    const both = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64')
    const alone = Buffer.from(login.password).toString('base64')
    await using relay = await relayThat({
      offers: [`AUTH ${mechanism}`],
      AUTH: `535 5.7.8 who is ${both} or ${alone} or ${Buffer.from(login.password).toString('latin1')}`,
    })
    const { end } = await offered(relay.port, { tls: 'off', login })
    assert.match(end.trouble ?? '', /^535 5\.7\.8 who is/)
    for (const word of [both, alone, login.password])
      assert.equal(JSON.stringify(end).includes(word), false, word)
  })

test('a password is not said without TLS, except to this machine', async () => {
  await using host = await smarthost({ disabledCommands: ['STARTTLS'] })
  const { end } = await offered(host.port, { tls: 'off', login })
  assert.equal(end.trouble, undefined)
  assert.equal(host.taken.length, 2)
  await using relay = await relayThat({ offers: ['AUTH PLAIN'] })
  // Any name but this machine's own: it must resolve, so this one is a spelling of the same address.
  const other = await offered(relay.port, { tls: 'off', login }, '0x7f.0.0.1')
  assert.match(other.end.trouble ?? '', /not said without TLS/)
  assert.ok(relay.commands.every((command) => !command.startsWith('AUTH')))
})

test('the relay comes from the environment, and control/relayhost alone leads elsewhere', async () => {
  await using list = await scratchList({ control: { relayhost: '' } })
  const secret = join(scratch, 'password')
  writeFileSync(secret, `${login.password}\n`)
  chmodSync(secret, 0o600)
  const env = {
    POSTFIX_HOST: 'relay.example.net',
    POSTFIX_PORT: '587',
    POSTFIX_USER: login.user,
    POSTFIX_PASSWORD_FILE: secret,
    POSTFIX_TLS_CA_FILE: join(scratch, 'cert.pem'),
  }
  const house = openHouse(readConfig(env))
  const own = await house.relayOf(await settingsOf(list.dir))
  assert.deepEqual(
    { ...own, helo: '' },
    {
      ...{ host: 'relay.example.net', port: 587, helo: '', connections: 4 },
      security: { tls: 'starttls', ca: cert, login },
    },
  )
  await list.write('control/relayhost', 'other.example.net\n')
  const other = await house.relayOf(await settingsOf(list.dir))
  assert.deepEqual([other.host, other.port, other.security], ['other.example.net', 25, undefined])
  assert.equal(await list.read('control/relayhost'), 'other.example.net\n')
})

test('a password that cannot be read keeps the mail', async () => {
  await using list = await scratchList({ control: { relayhost: '' } })
  const env = { POSTFIX_USER: 'lists', POSTFIX_PASSWORD_FILE: join(scratch, 'nowhere') }
  const settings = await settingsOf(list.dir)
  await assert.rejects(openHouse(readConfig(env)).relayOf(settings), { code: 'badSettings' })
  const without = openHouse(readConfig({ POSTFIX_USER: 'lists' }))
  await assert.rejects(without.relayOf(settings), { code: 'badSettings' })
})

test('TLS is what the environment says, and the safe reading of what it does not say', () => {
  const tlsOf = (env: Record<string, string>) => readConfig(env).relay.tls
  assert.equal(tlsOf({}), 'off')
  assert.equal(tlsOf({ POSTFIX_PORT: '465' }), 'implicit')
  assert.equal(tlsOf({ POSTFIX_USER: 'lists' }), 'starttls')
  assert.equal(tlsOf({ POSTFIX_USER: 'lists', POSTFIX_TLS: 'off' }), 'off')
  assert.equal(tlsOf({ POSTFIX_TLS: 'May' }), 'may')
  assert.equal(tlsOf({ POSTFIX_TLS: 'yes' }), 'starttls')
  assert.equal(readConfig({ POSTFIX_TLS: 'yes', POSTFIX_PORT: 'smtp' }).complaints.length, 2)
})

test('the default gateway is the one with the lowest metric', async () => {
  const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n'
  const table = join(scratch, 'route')
  writeFileSync(
    table,
    `${head}eth1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n` +
      'eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\neth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\n',
  )
  assert.equal(await defaultGateway(table), '172.17.0.1')
  writeFileSync(table, head)
  assert.equal(await defaultGateway(table), undefined)
  assert.equal(await defaultGateway(join(scratch, 'nowhere')), undefined)
})
