import { join, resolve } from 'node:path'
import { bytesFromText } from '../base/bytes.ts'
import { makeList } from '../flows/make-list.ts'
import { loadAnswers, saveAnswers } from './_answer-file.ts'
import { appendLine } from './_append-line.ts'
import { command } from './_command.ts'
import { madeReport, systemLines } from './_made-report.ts'
import { answersOf, toldBy, wantedList } from './_wanted-list.ts'

/** Makes a list (spec spool 4.1), asking for what the flags do not say. */
export const makeMl = command({
  name: 'make-ml',
  summary: 'make a mailing list, or find that it is there',
  example: '-L talk --domain example.org --owner ann@example.org',
  operand: 'name',
  options: {
    name: { type: 'string', short: 'L', placeholder: 'NAME', help: 'the name of the list' },
    domain: { type: 'string', short: 'd', placeholder: 'DOMAIN', help: 'what follows the @' },
    owner: { type: 'string', placeholder: 'ADDRESS', help: 'who is asked when something is wrong' },
    spool: {
      type: 'string',
      short: 's',
      placeholder: 'DIR',
      help: 'where lists are kept, /var/spool/mlmmj unless set otherwise',
    },
    language: {
      type: 'string',
      short: 't',
      placeholder: 'LANG',
      help: 'copy the list texts of this language, or from this directory, to edit them',
    },
    user: { type: 'string', short: 'c', placeholder: 'USER', help: 'give the directory to USER' },
    alias: { type: 'boolean', short: 'a', help: 'add the list to the aliases' },
    cron: { type: 'boolean', short: 'b', help: 'add the upkeep of the list to the crontab' },
    answers: { type: 'string', short: 'f', placeholder: 'FILE', help: 'take answers from FILE' },
    'save-answers': {
      type: 'string',
      short: 'n',
      placeholder: 'FILE',
      help: 'write the answers to FILE and make nothing',
    },
    force: { type: 'boolean', help: 'rewrite owner, address and texts of a list that is there' },
    json: { type: 'boolean', help: 'print the result as one JSON object' },
    'aliases-file': { type: 'string', placeholder: 'FILE', help: 'instead of /etc/aliases' },
    'crontab-file': { type: 'string', placeholder: 'FILE', help: 'instead of /etc/crontab' },
    nothing: { type: 'boolean', short: 'z', help: 'do nothing' },
  },
  faults: ['noSuchFile', 'alreadyThere', 'spoolTrouble', 'spoolFull', 'notAllowed'],
  async run(values, context) {
    const { house, stdout, stderr, programDir } = context
    if (values.nothing) return void (await stdout.write('nothing'))
    const file = values.answers === undefined ? {} : await loadAnswers(values.answers)
    const told = toldBy({ ...values, texts: values.language }, file)
    // Who uses a flag of 1.5 has a script that knows no second question.
    const like13 = [values.domain, values.language, values.answers].every((v) => v === undefined)
    const ask = values.json ? stderr : stdout
    const wanted = await wantedList(told, like13 && !values.cron, context, ask)
    const save = values['save-answers']
    if (save !== undefined) return await saveAnswers(save, answersOf(wanted))

    const made = await makeList({
      ...wanted,
      spoolDir: resolve(wanted.spool),
      owner: bytesFromText(wanted.owner),
      textsFrom: wanted.texts === undefined ? undefined : textsDir(wanted.texts, house.textsDir),
      ...(wanted.texts?.includes('/') ? {} : { language: wanted.texts }),
      force: values.force,
    })
    const lines = systemLines(wanted, made.dir, programDir)
    const aliases = values['aliases-file'] ?? '/etc/aliases'
    const crontab = values['crontab-file'] ?? '/etc/crontab'
    if (wanted.alias) await appendLine(aliases, lines.alias)
    if (wanted.cron) await appendLine(crontab, lines.cron)

    if (!made.textsFound)
      await stderr.write(`There are no texts in ${wanted.texts}; nothing was copied to text/.\n`)
    await stdout.write(
      values.json
        ? `${JSON.stringify({ ...made, name: wanted.name, owner: wanted.owner, ...lines })}\n`
        : madeReport(made, wanted, lines, { aliases, crontab }),
    )
  },
})

function textsDir(texts: string, ours: string): string {
  return /^[\w-]+$/.test(texts) ? join(ours, texts) : resolve(texts)
}
