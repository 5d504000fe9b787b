import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { readDockerfile, stagesOf, type Instruction } from '../../scripts/container-files.ts'
import { run } from '../_program.ts'

/** A linter's words about a file, one finding each. */
export type Findings = readonly string[]

/** What dclint is not asked, since the order of keys is for people and images are built here. */
const notAsked = [
  'no-build-and-image',
  'service-image-require-explicit-tag',
  'service-keys-order',
  'services-alphabetical-order',
]

/** Checks a compose file by the schema of the Compose specification and by the rules of dclint. */
export async function lintCompose(text: string): Promise<Findings> {
  // As compose sees it: each variable has its default.
  const filled = text.replace(/\$\{\w+(?::-([^}]*))?\}/g, (_, other: string = '') => other)
  return await withFile('docker-compose.yaml', filled, async (path) => {
    const args = ['--formatter', 'json', ...notAsked.flatMap((rule) => ['--disable-rule', rule])]
    const { code, stdout, stderr } = await run(process.execPath, [
      ...['node_modules/dclint/bin/dclint.cjs', path, ...args],
    ])
    if (code !== 0 && code !== 1) throw new Error(`dclint: ${stdout}${stderr}`)
    const files = JSON.parse(stdout) as { messages: { line: number; message: string }[] }[]
    return files.flatMap(({ messages }) =>
      messages.map(({ line, message }) => `line ${line}: ${message}`),
    )
  })
}

/** Checks a shell script by shellcheck. */
export async function lintShell(text: string): Promise<Findings> {
  return await withFile('script.sh', text, async (path) => {
    const args = ['--shell', 'sh', '--format', 'gcc', path]
    const { code, stdout, stderr } = await run('/usr/bin/shellcheck', args)
    if (code !== 0 && code !== 1) throw new Error(`shellcheck: ${stdout}${stderr}`)
    return stdout.split('\n').filter((line) => line !== '')
  })
}

/** Checks a Dockerfile by dockerfile-utils, its commands by shellcheck, and both by our own rules. */
export async function lintDockerfile(text: string): Promise<Findings> {
  const instructions = readDockerfile(text)
  const scripts = instructions.filter(({ word }) => word === 'RUN')
  const found = await Promise.all(
    scripts.map(async ({ line, rest }) =>
      (await lintShell(`${rest}\n`)).map((finding) => `line ${line}: ${finding}`),
    ),
  )
  return [
    ...validate(text).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`),
    ...found.flat(),
    ...instructions.flatMap((each) =>
      broken(each).map((finding) => `line ${each.line}: ${finding}`),
    ),
    ...brokenImage(instructions),
  ]
}

/** What one instruction must not be. */
const rules: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^ADD$/, /^/, 'COPY says what is copied, ADD does not'],
  [/^MAINTAINER$/, /^/, 'who maintains it is a label'],
  [/^RUN$/, /\bsudo\b/, 'a build needs no sudo'],
  [/^RUN$/, /\bch(own|mod) (-\w*R|--recursive)\b.*\/(var|mlmmj_conf)\b/, 'no walk through volumes'],
  [/^RUN$/, /\bchown (-\w*R|--recursive)\b/, 'chown -R doubles what it touches'],
  [/^RUN$/, /\bapt-get (?!.*-y\b).*\binstall\b/, 'apt-get install without -y asks'],
  [/^RUN$/, /\bapt-get install\b(?!.*--no-install-recommends)/, 'recommended packages come too'],
  [/^RUN$/, /^(?!.*\bapt-get update\b).*\bapt-get install\b/, 'the lists of packages may be old'],
  [/^RUN$/, /\b(curl|wget)\b/, 'a build gets nothing from the web'],
  [/^(CMD|ENTRYPOINT)$/, /^(?!\[)/, 'a shell would stand between the program and its signals'],
  [/^HEALTHCHECK$/, /^(?!.*\bCMD \[)/, 'a health check is a program, without a shell'],
  [/^WORKDIR$/, /^(?!\/)/, 'the path of WORKDIR is not absolute'],
  [/^USER$/, /^(?!\d+:\d+$)/, 'a user is a number, since outside names mean others'],
  [/^(ENV|ARG)$/, /(TOKEN|PASSWORD|SECRET)\w*=/i, 'a secret stays readable in the image'],
  [/^ARG$/, /_IMAGE=(?!.*:[\w.-]+$)/, 'a base image has no tag'],
  [/^ARG$/, /_IMAGE=.*:latest$/, 'what is the latest image changes by itself'],
]

function broken({ word, rest }: Instruction): Findings {
  return rules
    .filter(([instruction, wrong]) => instruction.test(word) && wrong.test(rest))
    .map(([, , finding]) => finding)
}

/** What each image of ours must have. */
function brokenImage(instructions: readonly Instruction[]): Findings {
  const last = stagesOf(instructions).at(-1) ?? []
  const has = (word: string) => last.some((each) => each.word === word)
  const needed = ['HEALTHCHECK', 'STOPSIGNAL', 'ENTRYPOINT', 'EXPOSE', 'LABEL']
  return needed.filter((word) => !has(word)).map((word) => `the last stage has no ${word}`)
}

async function withFile<T>(
  name: string,
  text: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-lint-'))
  try {
    await writeFile(join(dir, name), text)
    return await use(join(dir, name))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

export async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8')
}
