import { textFromBytes } from '../base/bytes.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { countLines, linesOf, listables, printOf, type Listable } from '../flows/list-lines.ts'
import { command } from './_command.ts'
import type { Output } from './_output.ts'

/** Prints who is subscribed (spec spool 4.7). */
export const list = command({
  name: 'list',
  summary: 'print the subscribers of a list, one on a line',
  example: '-L /var/spool/mlmmj/talk -d',
  operand: 'list',
  options: {
    list: {
      type: 'string',
      short: 'L',
      required: true,
      placeholder: 'DIR',
      help: 'the list directory',
    },
    normal: { type: 'boolean', short: 's', group: 'what', help: 'who gets every post (default)' },
    digest: { type: 'boolean', short: 'd', group: 'what', help: 'who gets digests' },
    nomail: { type: 'boolean', short: 'n', group: 'what', help: 'who is subscribed without mail' },
    moderators: { type: 'boolean', short: 'm', group: 'what', help: 'the moderators' },
    owner: { type: 'boolean', short: 'o', group: 'what', help: 'the owners' },
    count: { type: 'boolean', short: 'c', help: 'print how many there are instead' },
    counts: { type: 'boolean', help: 'print how many there are of each kind' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  faults: ['noSuchList', 'spoolTrouble'],
  async run({ list, count, counts, json, ...flags }, { stdout }) {
    // Root would read what links in the list lead to.
    await actAsOwner(list, 'wished')
    const what = listables.find((one) => flags[one]) ?? 'normal'
    if (counts) await stdout.write(await allCounts(list, json))
    else if (count) await stdout.write(`${await countLines(list, what)}\n`)
    else if (json) await printJson(list, what, stdout)
    else await printLines(list, what, stdout)
  },
})

async function allCounts(listDir: string, json: boolean): Promise<string> {
  const rows: (readonly [Listable, number])[] = []
  for (const what of listables) rows.push([what, await countLines(listDir, what)])
  if (json) return `${JSON.stringify(Object.fromEntries(rows))}\n`
  const width = Math.max(...rows.map(([, count]) => String(count).length))
  return rows.map(([what, n]) => `${what.padEnd(10)} ${String(n).padStart(width)}\n`).join('')
}

async function printLines(listDir: string, what: Listable, stdout: Output): Promise<void> {
  for await (const lines of printOf(listDir, what)) if (!(await stdout.write(lines))) return
}

async function printJson(listDir: string, what: Listable, stdout: Output): Promise<void> {
  let before = '[\n'
  for await (const lines of linesOf(listDir, what)) {
    if (lines.length === 0) continue
    const items = textFromBytes(lines.join('\n'))
      .split('\n')
      .map((text) => JSON.stringify(text))
    if (!(await stdout.write(`${before}${items.join(',\n')}`))) return
    before = ',\n'
  }
  await stdout.write(before === '[\n' ? '[]\n' : '\n]\n')
}
