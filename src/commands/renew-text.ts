import { resolve } from 'node:path'
import { asFault, Fault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import {
  checkLanguage,
  firstList,
  listsOfOneOwner,
  openTextSite,
  renewText as renew,
  type Renewed,
  type RenewOrder,
  type TextSite,
} from '../flows/renew-text.ts'
import { command } from './_command.ts'
import type { Context } from './_context.ts'
import { ownLanguageName } from './_languages.ts'
import { renewReport, type RenewManner } from './_renew-report.ts'

/** Where Debian and others put the texts of mlmmj, which lists made by it have copies of. */
const stockDir = '/usr/share/mlmmj/text.skel'

/** Gives lists the texts of a language, or newer ones, without losing what was edited. */
export const renewText = command({
  name: 'renew-text',
  program: 'renew-text',
  summary: 'switch the texts of a list to another language, or bring them up to date',
  example: 'talk de',
  operand: 'list',
  secondOperand: 'language',
  options: {
    list: {
      type: 'string',
      short: 'L',
      placeholder: 'LIST',
      help: 'a list directory, or its name',
    },
    language: {
      type: 'string',
      short: 't',
      placeholder: 'LANG',
      help: 'the language, unless it stays the same',
    },
    all: { type: 'boolean', help: 'all lists of the spool, instead of one; LANG may follow' },
    spool: {
      type: 'string',
      short: 's',
      placeholder: 'DIR',
      help: 'where lists are kept, /var/spool/mlmmj unless set otherwise',
    },
    'dry-run': { type: 'boolean', help: 'say what would happen, and change nothing' },
    diff: { type: 'boolean', help: 'print what would change as diff -u does, and change nothing' },
    force: {
      type: 'boolean',
      help: 'replace edited texts even if the language stays; they are saved in text.old/',
    },
    json: { type: 'boolean', help: 'print one JSON object for each list' },
  },
  faults: ['noSuchList', 'busy', 'spoolTrouble', 'spoolFull', 'notAllowed', 'badSettings'],
  async run({ list, language, all, spool, 'dry-run': dry, diff, force, json }, context) {
    const { house, stdout } = context
    const site = await openTextSite(house, stockDir)
    if (list === undefined && !all) return void (await stdout.write(usage(site)))
    const spoolDir = resolve(spool ?? context.spoolDir)
    const dryRun = dry || diff
    // The word behind --all can only be a language.
    const order = { language: language ?? (all ? list : undefined), force, dryRun }
    const manner = { isTerminal: stdout.isTerminal, dryRun, diff, json }
    if (all) return await renewAll(site, await listsOfOneOwner(spoolDir), order, manner, context)
    const dir = await firstList([resolve(spoolDir, list ?? ''), resolve(list ?? '')])
    const renewed = await renewAsOwner(site, dir, order, context)
    if (renewed.result === 'left' && !renewed.fine)
      throw new Fault('badSettings', `${dir}: ${renewed.why}`)
    await stdout.write(renewReport(dir, renewed, manner))
  },
})

/** A list that fails is reported, and the others get their turn. */
async function renewAll(
  site: TextSite,
  dirs: readonly string[],
  order: RenewOrder,
  manner: RenewManner,
  context: Context,
): Promise<void> {
  if (order.language !== undefined) checkLanguage(site, order.language)
  const failed: Fault[] = []
  for (const dir of dirs)
    try {
      const renewed = await renewAsOwner(site, dir, order, context)
      await context.stdout.write(renewReport(dir, renewed, manner))
    } catch (thrown) {
      const fault = asFault(thrown)
      failed.push(fault)
      await context.stderr.write(`renew-text: ${dir}: ${fault.message}\n`)
    }
  const [first] = failed
  if (first !== undefined)
    throw new Fault(first.code, `${failed.length} of ${dirs.length} lists could not be renewed`)
}

async function renewAsOwner(
  site: TextSite,
  dir: string,
  order: RenewOrder,
  { house }: Context,
): Promise<Renewed> {
  await actAsOwner(dir, order.dryRun ? 'wished' : 'required')
  return await renew(house, site, dir, order)
}

function usage({ languages, language }: TextSite): string {
  const width = Math.max(0, ...[...languages.keys()].map((folder) => folder.length))
  const rows = [...languages.keys()].map((folder) => {
    const note = folder === language ? ', used by lists without texts of their own' : ''
    return `  ${folder.padEnd(width)}  ${ownLanguageName(folder) ?? folder}${note}\n`
  })
  return `Usage: renew-text LIST LANG     switch a list to another language
       renew-text LIST          bring its texts up to date
       renew-text --all [LANG]  the same for all lists of the spool

What somebody has edited is kept, or saved in text.old/ of the list before it is replaced.
--dry-run and --diff show what would happen; renew-text -h explains all options.

Languages:
${rows.join('')}`
}
