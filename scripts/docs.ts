import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { faults } from '../src/base/fault.ts'
import { commands } from '../src/commands/_all.ts'
import { programName, standardOptions } from '../src/commands/_command.ts'
import { tunables } from '../src/list/tunables.ts'

/** The reference pages, made from the tables; `--check` compares instead of writing (house 2). */
const pages: Readonly<Record<string, () => string>> = {
  'docs/reference/tunables.md': tunablesPage,
  'docs/reference/faults.md': faultsPage,
  'docs/reference/commands.md': commandsPage,
  'docs/reference/events.md': eventsPage,
}

const made = '<!-- Made by `npm run docs` from the tables in src/. Do not edit. -->'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function page(title: string, intro: string, ...parts: readonly string[]): string {
  return `${[made, `# ${title}`, intro, ...parts].join('\n\n')}\n`
}

function tunablesPage(): string {
  return page(
    'Control files',
    'Each is a file in the `control/` directory of a list, read again for every mail. A *flag* is set ' +
      'when its file exists; a *line* is the first line of a file; *lines* are all of them; *text* is ' +
      'the whole file; a *whole* is a whole number, behind which a `# comment` may stand.',
    table(
      ['control file', 'kind', 'default', 'meaning'],
      Object.entries(tunables).map(([name, { kind, fallback, help }]) => [
        `\`${name}\``,
        kind,
        fallback === undefined || fallback === false ? '' : String(fallback),
        help,
      ]),
    ),
  )
}

function faultsPage(): string {
  return page(
    'Faults',
    'What a command ends with, and what a mail client is told. At the mail door (`mlmmj-receive`, ' +
      '`mlmmj-process`) every fault ends with 75, so that a mail server keeps the mail and tries again.',
    table(
      ['fault', 'exit', 'SMTP', 'status', 'meaning'],
      Object.entries(faults).map(([name, { exit, smtp, status, says }]) => [
        `\`${name}\``,
        String(exit),
        String(smtp),
        status,
        says,
      ]),
    ),
  )
}

function commandsPage(): string {
  const parts = commands.map((command) => {
    const options = Object.entries({ ...command.options, ...standardOptions }).map(
      ([name, option]) => {
        const value = 'placeholder' in option && option.placeholder ? ` ${option.placeholder}` : ''
        const short = 'short' in option && option.short ? `\`-${option.short}\`` : ''
        return [short, `\`--${name}${value}\``, option.help]
      },
    )
    return [
      `## ${programName(command)}`,
      `${command.summary}.`,
      `Example: \`${programName(command)} ${command.example}\``,
      table(['', '', ''], options),
    ].join('\n\n')
  })
  return page(
    'Commands',
    'The letters are those of mlmmj 1.3 and 1.5; long names are additions. Each command also says ' +
      'this with `--help`.',
    ...parts,
  )
}

function eventsPage(): string {
  const source = readFileSync('src/base/events.ts', 'utf8')
  const rows = [...source.matchAll(/tell\('([a-z-]+)', \{([^}]*)\}/g)].map(([, event, facts]) => [
    `\`${event}\``,
    (facts ?? '')
      .split(',')
      .map((fact) => (fact.split(':')[0] ?? '').trim())
      .filter((fact) => fact !== '')
      .join(', '),
  ])
  return page(
    'Events',
    'One line each in `mlmmj-ts.log` of the list: the time, the event, and `key="value"` pairs. ' +
      '`mail` is the first half of a mail’s id, the same in every line about it.',
    table(['event', 'keys'], rows as string[][]),
  )
}

const check = process.argv.includes('--check')
mkdirSync('docs/reference', { recursive: true })
for (const [path, make] of Object.entries(pages)) {
  const wanted = make()
  if (!check) {
    writeFileSync(path, wanted)
    continue
  }
  let found = ''
  try {
    found = readFileSync(path, 'utf8')
  } catch {
    // A missing page is as wrong as an old one.
  }
  if (found !== wanted) {
    process.stdout.write(`${path} is not what the tables say; run npm run docs\n`)
    process.exitCode = 1
  }
}
