import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, type FaultCode } from '../base/fault.ts'
import { commands } from './_all.ts'
import { command, programName, type Command } from './_command.ts'
import { tryCommand } from './_trial.ts'

const table = {
  name: 'try',
  summary: 'be tried',
  example: '-L x',
  operand: 'list',
  options: { list: { type: 'string', short: 'L', required: true, help: 'a list' } },
  faults: [],
} as const

function failing(code: FaultCode, door?: 'mail'): Command {
  return command({
    ...table,
    ...(door === undefined ? {} : { door }),
    run: () => Promise.reject(new Fault(code, 'it is so')),
  })
}

const echo: Command = command({
  ...table,
  run: async ({ list }, { stdout }) => void (await stdout.write(list)),
})

test('run() ends with the exit code of the fault and one sentence', async () => {
  const said = await tryCommand(failing('noSuchList'), ['-L', 'x'])
  assert.deepEqual(said, { exit: 67, stdout: '', stderr: 'mlmmj-try: it is so\n' })
})

test('run() never tells a mail server anything but "try again"', async () => {
  for (const [code, status] of [
    ['spoolFull', '4.3.1'],
    ['noSuchList', '4.3.5'],
    ['notAllowed', '4.3.5'],
    ['bug', '4.3.0'],
  ] as const) {
    const said = await tryCommand(failing(code, 'mail'), ['-L', 'x'])
    assert.deepEqual(said, { exit: 75, stdout: '', stderr: `${status} mlmmj-try: it is so\n` })
  }
})

test('run() makes a bug of what is no fault', async () => {
  const broken = command({ ...table, run: () => Promise.reject(new RangeError('oh')) })
  assert.equal((await tryCommand(broken, ['-L', 'x'])).exit, 70)
})

test('run() says what is missing and where to find help', async () => {
  const stderr = 'mlmmj-try: -L (--list) must be given\nmlmmj-try -h for help\n'
  assert.deepEqual(await tryCommand(echo, []), { exit: 64, stdout: '', stderr })
})

test('run() complains about unknown letters and spare words, and goes on', async () => {
  const said = await tryCommand(echo, ['-Z', '-L', 'x', 'spare'])
  assert.equal(said.exit, 0)
  assert.equal(said.stdout, 'x')
  assert.match(said.stderr, /unknown option -- Z, ignored\n.*"spare" is ignored\n$/)
})

test('run() takes the first word for the option that the table names', async () => {
  assert.equal((await tryCommand(echo, ['word'])).stdout, 'word')
})

test('every command prints its help and its version and does nothing else', async () => {
  for (const one of commands) {
    const help = await tryCommand(one, ['-h'])
    assert.equal(help.exit, 0)
    assert.match(help.stdout, new RegExp(`^Usage: ${programName(one)} `))
    for (const [name, { short }] of Object.entries(one.options))
      assert.match(
        help.stdout,
        new RegExp(`${short === undefined ? '' : `-${short}, +`}--${name} `),
      )
    const version = await tryCommand(one, ['-V'])
    assert.match(version.stdout, new RegExp(`^${programName(one)} version [0-9.]+\n$`))
  }
})

test('no command gives a letter to two options, and operands name string options', () => {
  for (const { name, options, operand } of commands) {
    const letters = Object.values(options).flatMap(({ short }) => short ?? [])
    assert.equal(new Set([...letters, 'h', 'V']).size, letters.length + 2, name)
    if (operand !== undefined) assert.equal(options[operand]?.type, 'string')
  }
})

test('every letter of mlmmj 1.3 and 1.5 is in the tables', () => {
  const letters: Readonly<Record<string, string>> = {
    'make-ml': 'Lsabcdtfnz',
    sub: 'LadnbcCfqsrRUm',
    unsub: 'LadnNcCqsrRUeb',
    list: 'Lsdnmoc',
    receive: 'LseFP',
    process: 'LmP',
    send: 'LmlaDFTRsor',
    bounce: 'Ladnpm',
    maintd: 'LdF',
  }
  for (const { name, options } of commands)
    for (const letter of letters[name] ?? '')
      assert.ok(
        Object.values(options).some(({ short }) => short === letter),
        `${name} -${letter}`,
      )
})
