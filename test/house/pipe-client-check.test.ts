import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { run, type Ended } from '../_program.ts'
import { deadPort } from '../_sink.ts'
import { client, refusal, scratchDir, startService, type Reply } from './_pipe-service.ts'

interface Wrong {
  readonly ready?: Reply
  readonly command?: Reply
}

/** A list service in good health, but for what a test says. */
function healthy({ ready, command }: Wrong = {}) {
  const fine = { code: 200, body: '{"ready":true}' }
  const counted = { code: 200, body: '{"returncode":0,"output":"3\\n"}' }
  return (request: IncomingMessage, response: ServerResponse) => {
    const reply = request.url === '/command' ? (command ?? counted) : undefined
    const { code, body } = reply ?? (request.url === '/health/ready' && ready ? ready : fine)
    request.resume().once('end', () => response.writeHead(code).end(body))
  }
}

function check(port: number, ...args: string[]): Promise<Ended> {
  const where = ['--mlmmj', 'localhost', '--port', String(port), '--deadline', '2']
  return run(client, ['--check', ...where, ...args])
}

function verdicts({ stdout }: Ended): string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/ +/).slice(0, 2).join(' '))
}

test('--check says for each part of the way that it is well, and sends no mail', async (t) => {
  const dir = await scratchDir(t)
  await writeFile(join(dir, 'token'), 'a-token-of-this-test\n')
  await using service = await startService(healthy())
  const args = ['--token-file', join(dir, 'token'), '--fallback-dir', dir, 'talk']
  const ended = await check(service.port, ...args)
  assert.equal(ended.code, 0, ended.stdout)
  const parts = ['name', 'connect', 'http', 'ready', 'token', 'list', 'fallback']
  assert.deepEqual(
    verdicts(ended),
    parts.map((part) => `ok ${part}`),
  )
  assert.ok(!service.taken.some(({ path }) => path.includes('messages')))
  const asked = service.taken.at(-1)
  assert.equal(asked?.headers.authorization, 'Bearer a-token-of-this-test')
  assert.deepEqual(JSON.parse(asked?.body.toString() ?? ''), {
    'mlmmj-command': 'mlmmj-list',
    args: ['-L', 'talk', '-c'],
  })
})

test('--check names the part that is wrong', async (t) => {
  const dir = await scratchDir(t)
  await using service = await startService(healthy())
  const nobody = await check(await deadPort())
  assert.deepEqual([nobody.code, verdicts(nobody).at(-1)], [75, 'WRONG connect'])
  const host = ['--check', '--mlmmj', 'no-such-host.invalid']
  assert.deepEqual(verdicts(await run(client, host)), ['WRONG name'])
  assert.equal(verdicts(await check(service.port, '--tls')).at(-1), 'WRONG https')
  assert.equal(
    verdicts(await check(service.port, '--fallback-dir', join(dir, 'missing'))).at(-1),
    'WRONG fallback',
  )
  service.answers(() => undefined)
  assert.equal(verdicts(await check(service.port)).at(-1), 'WRONG http')
  service.answers(healthy({ command: refusal(401, '4.7.0', 'wrong token') }))
  assert.equal(verdicts(await check(service.port, 'talk')).at(-1), 'WRONG token')
  service.answers(healthy({ command: refusal(404, '5.1.1', 'there is no list talk') }))
  const unknown = await check(service.port, 'talk')
  assert.deepEqual([unknown.code, verdicts(unknown).at(-1)], [75, 'WRONG list'])
  assert.match(unknown.stdout, /there is no list talk/)
})

test('--check looks further when the service is not ready', async () => {
  await using service = await startService(
    healthy({ ready: refusal(503, '4.3.2', 'the spool cannot be written') }),
  )
  const ended = await check(service.port, 'talk')
  assert.equal(ended.code, 75)
  assert.match(ended.stdout, /^WRONG ready .*the spool cannot be written$/m)
  assert.equal(verdicts(ended).at(-1), 'ok list')
})
