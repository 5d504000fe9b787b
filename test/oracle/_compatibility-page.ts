import { always, differences } from './_differences.ts'
import { fromFifteen, moreFromThirteen } from './_more-differences.ts'
import { quirksOfMlmmj } from './_quirks.ts'
import { scenarios } from './_scenarios.ts'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function fileName(path: string): string {
  return `\`${path}\``
}

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** The scenarios that show a difference, a few of them. */
function scenesOf(name: string): string {
  const titles = Object.entries(scenarios)
    .filter(([, { differs = [] }]) => differs.some((difference) => difference === name))
    .map(([title]) => title)
  const more = titles.length > 3 ? `, and ${titles.length - 3} more` : ''
  return titles.slice(0, 3).join('; ') + more
}

/** docs/compatibility.md, made from the tables beside this file. */
export function compatibilityPage(): string {
  const repaired = quirksOfMlmmj.filter(({ kept }) => kept === undefined)
  const kept = quirksOfMlmmj.filter((quirk) => quirk.kept !== undefined)
  return [
    '<!-- Made by `npm run conformance -- --page` from the tables in test/oracle/. Do not edit. -->',
    '# Compatibility with mlmmj',
    'The directories, files, commands and addresses are those of mlmmj. A list can go from mlmmj 1.3 or ' +
      '1.5 to this program and back at any moment, also with questions, held posts and undelivered mail ' +
      'in it (`test/oracle/half-way.test.ts`, `test/oracle/turns.test.ts`).',
    `\`npm run conformance\` plays ${Object.keys(scenarios).length} scenarios with Debian’s mlmmj 1.3.0 and ` +
      'with ours, and compares exit codes, envelopes, the bytes of every mail, every file of the list and ' +
      'the operation log. Whatever differs and is not in the first table fails.',
    '## What differs from 1.3.0',
    'In every scenario:',
    table(
      ['what', 'why'],
      Object.entries(always).map(([name, { reason }]) => [asSentence(name), reason]),
    ),
    'In these scenarios:',
    table(
      ['what', 'why', 'scenarios'],
      Object.entries(differences).map(([name, { reason }]) => [
        asSentence(name),
        reason,
        scenesOf(name),
      ]),
    ),
    'Shown by other tests:',
    table(
      ['what', 'why', 'test'],
      moreFromThirteen.map(({ what, why, shown: [file] }) => [what, why, fileName(file)]),
    ),
    '## What differs from 1.5.0',
    'What 1.5.0 added is there: `control/send`, `control/replyto`, qualifiers in access rules, its order ' +
      'in looking for the recipient, IPv6 relays. Here we do not follow it:',
    table(
      ['what', 'why', 'test'],
      fromFifteen.map(({ what, why, shown: [file] }) => [what, why, fileName(file)]),
    ),
    '## Oddities of mlmmj that are repaired',
    table(
      ['where', 'what mlmmj does', 'shown by'],
      repaired.map(({ at, what, shown: [file] }) => [at, what, fileName(file)]),
    ),
    '## Oddities of mlmmj that stay',
    table(
      ['where', 'what it is', 'why it stays', 'shown by'],
      kept.map(({ at, what, kept: why = '', shown: [file] }) => [at, what, why, fileName(file)]),
    ),
    '"Where" names a section of our specifications of mlmmj, and the version when it is only one.',
    '',
  ].join('\n\n')
}
