import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { disagreements, readFiles, type Files } from './_agreement.ts'
import { lintCompose, lintDockerfile, lintShell, textOf, type Findings } from './_lint.ts'

const withoutShellcheck =
  existsSync('/usr/bin/shellcheck') || process.env['CI'] !== undefined
    ? false
    : 'shellcheck is not installed (sh scripts/ensure-debian.sh)'

/** A change that somebody might make, and what the check of it says. */
type Slip = readonly [from: string | RegExp, to: string, said: RegExp]

async function assertNoticed(
  path: string,
  [from, to, said]: Slip,
  lint: (text: string) => Promise<Findings>,
): Promise<void> {
  const text = await textOf(path)
  const changed = text.replace(from, to)
  assert.notEqual(changed, text, `${path} has no ${from}`)
  assert.match((await lint(changed)).join('\n'), said)
}

describe('docker-compose.yaml', () => {
  test('is what the Compose specification allows, and has none of the usual slips', async () => {
    assert.deepEqual(await lintCompose(await textOf('docker-compose.yaml')), [])
  })

  const slips: readonly Slip[] = [
    ['restart: unless-stopped', 'restrat: unless-stopped', /invalid|additional|restrat/i],
    ['cap_drop:\n      - ALL', 'cap_drop: ALL', /array/i],
    ["'${MLMMJ_BIND:-127.0.0.1}:7777:7777'", "'7777:7777'", /interface/],
    ['- ALL', '- ALL\n      - ALL', /duplicate/i],
    [`'${'${MLMMJ_BIND:-127.0.0.1}'}:7778:7778'`, `'127.0.0.1:7777:7778'`, /7777/],
  ]
  for (const slip of slips)
    test(`is refused with "${slip[1]}"`, () =>
      assertNoticed('docker-compose.yaml', slip, lintCompose))
})

describe('the Dockerfiles', { skip: withoutShellcheck }, () => {
  for (const path of ['docker/Dockerfile', 'docker/postfix/Dockerfile'])
    test(`${path} has no slip`, async () => {
      assert.deepEqual(await lintDockerfile(await textOf(path)), [])
    })

  const slips: readonly Slip[] = [
    ['USER 1000:1000', 'USER node', /a user is a number/],
    ['WORKDIR /src', 'WORKDIR src', /not absolute/],
    ['node:24-slim', 'node', /no tag/],
    ['node:24-slim', 'node:latest', /latest/],
    ['CMD ["mlmmj-listener"]', 'CMD mlmmj-listener', /a shell would stand between/],
    ['EXPOSE 7777', 'EXPOSED 7777', /EXPOSED/],
    ['EXPOSE 7777', 'EXPOSE 77777777x', /77777777x/],
    ['--no-install-recommends ', '', /recommended packages/],
    ['npm ci --ignore-scripts', 'npm ci && rm $x', /SC2086/],
    [/^STOPSIGNAL.*\n/m, '', /no STOPSIGNAL/],
    [/^HEALTHCHECK.*\n.*\n/m, '', /no HEALTHCHECK/],
    ['chmod -R a+rX bin', 'chown -R 1000 /src && chmod -R a+rX bin', /chown -R/],
    ['COPY . .', 'ADD . .', /COPY says/],
    ['MLMMJ_LISTEN=0.0.0.0', 'MLMMJ_TOKEN=0123', /secret/],
  ]
  for (const slip of slips)
    test(`"${slip[1]}" is noticed where ${slip[0]} was`, () =>
      assertNoticed('docker/Dockerfile', slip, lintDockerfile))
})

describe('shell scripts of containers and machines', { skip: withoutShellcheck }, () => {
  const paths = [
    'docker/postfix/entrypoint.sh',
    'scripts/ensure-debian.sh',
    'test/container/systemctl.sh',
  ]
  for (const path of paths)
    test(`${path} has no slip`, async () => {
      assert.deepEqual(await lintShell(await textOf(path)), [])
    })

  test('an unquoted variable is noticed', () =>
    assertNoticed(paths[0] ?? '', [/\[ -n "\$2" \]/, '[ -n $2 ]', /SC2070|SC2086/], lintShell))
})

describe('compose file, Dockerfiles, entrypoint, .env and docs/deploy.md', () => {
  test('agree about ports, volumes, users and variables', () => {
    assert.deepEqual(disagreements(readFiles()), [])
  })

  const compose = 'docker-compose.yaml'
  const slips: readonly (readonly [path: string, ...Slip])[] = [
    [compose, ':7777:7777', ':7777:7779', /publishes 7779/],
    [compose, '      - ./spool:/var/spool/mlmmj\n    # LMTP', '    # LMTP', /mlmmj mounts/],
    [compose, './mlmmj_conf:/mlmmj_conf', './mlmmj_conf:/conf', /mounts \/conf/],
    [compose, 'postfix_queue: {}', 'queue: {}', /nothing says what the volume postfix_queue is/],
    [compose, 'POSTFIX_TLS:', 'POSTFIX_SSL:', /the service does not read POSTFIX_SSL/],
    [compose, 'RELAYHOST: ', 'RELAY_HOST: ', /compose does not hand RELAYHOST/],
    [compose, '${MLMMJ_USER:-1000:1000}', '${MLMMJ_USER:-0:0}', /prepare gives/],
    [compose, '172.30.77.0/24}', '172.30.78.0/24}', /does not have Postfix take 172\.30\.78/],
    [compose, '${TZ:-UTC}', '${ZONE:-UTC}', /nothing tells about ZONE/],
    [compose, '- with-postfix', '- postfix', /with-postfix is no profile/],
    [compose, 'MLMMJ_MAXSIZE:-52428800', 'MLMMJ_MAXSIZE:-1000', /MLMMJ_MAXSIZE is not/],
    [compose, 'dockerfile: docker/Dockerfile', 'dockerfile: Dockerfile', /none of our/],
    ['docker/Dockerfile', 'EXPOSE 7777 7778', 'EXPOSE 7777', /publishes/],
    ['docker/Dockerfile', 'MLMMJ_SPOOL=/var/spool/mlmmj', 'MLMMJ_SPOOL=/spool', /not \/spool/],
    ['docker/Dockerfile', 'USER 1000:1000', 'USER 1001:1001', /the image runs as 1001/],
    ['docker/Dockerfile', 'POSTFIX_HOST=gateway', 'POSTFIXHOST=x', /does not read POSTFIXHOST/],
    ['docker/Dockerfile', 'COPY package.json', 'COPY packages.json', /COPY packages\.json/],
    ['docker/Dockerfile', 'VERSION=0', 'VERSION=9', /another version/],
    ['docker/Dockerfile', 'node:24-slim', 'node:25-slim', /no LTS/],
    ['docker/postfix/entrypoint.sh', '7778', '7779', /does not ask .*7778/],
    ['docker/postfix/entrypoint.sh', /10025/g, '10026', /does not listen on POSTFIX_PORT/],
    ['docker/with-postfix.env', 'POSTFIX_HOST=postfix', 'POSTFIX_HOST=mail', /no service/],
    ['docker/with-postfix.env', 'MAIL_HOST', 'MAILHOST', /MAILHOST, which compose/],
    ['docs/deploy.md', /8024/g, '8025', /port 8024/],
  ]
  for (const [path, from, to, said] of slips)
    test(`${path} with "${to || 'less'}" is noticed`, () => {
      const files: Files = readFiles()
      const text = files[path] ?? ''
      const changed = text.replace(from, () => to)
      assert.notEqual(changed, text, `${path} has no ${from}`)
      assert.match(disagreements({ ...files, [path]: changed }).join('\n'), said)
    })
})
