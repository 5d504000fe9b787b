import { events } from '../base/events.ts'
import type { Head } from '../message/head.ts'
import { readReport, type Report } from '../message/report.ts'
import { splitCheck } from '../message/bounce-check.ts'
import { readBounceExtension } from '../message/verp.ts'
import { judgeReturned, type Returned } from '../policy/bounce.ts'
import { dropMailFile, findMailFile } from '../spool/mail-file.ts'
import { readMail } from '../spool/requeue.ts'
import { whyUnchecked } from './_bounce-check.ts'
import type { House } from './house.ts'
import { noteBounce, noteReport, type BouncedTo, type Noted } from './note-bounce.ts'
import type { OpenList } from './reply-request.ts'

/** A mail to a bounce address, still in incoming/. */
export interface ReturnedMail {
  readonly head: Head
  /** Empty for the null reverse-path; undefined when nobody knows it, which counts as that. */
  readonly envelopeFrom: string | undefined
  /** Its bytes as they came. */
  read(): Promise<Buffer>
}

/**
 * Takes a mail to `bounces-EXTENSION` (spec mailflow 7.1 and 7.2). Whatever it says, nothing of it is
 * left in queue/: when this returns, what follows from it is on disk, the caller drops it from
 * incoming/, and nobody is answered. Repeating an interrupted run adds at most a second line to a
 * record, of which only the first counts.
 *
 * In a list with `bouncecheck` only what comes to an address that we made counts for anything.
 *
 * A number counts a bounce only for mail that is one. Probes and confirmations have addresses that
 * hardly anybody knows, so for them any mail will do that is no notice of delay and no auto-reply.
 *
 * @param extension what stands behind `bounces-`
 * @throws Fault spoolTrouble, spoolFull
 */
export async function takeBounce(
  house: House,
  list: OpenList,
  extension: string,
  mail: ReturnedMail,
): Promise<void> {
  const { dir } = list
  const { suffix, address, ...rest } = readBounceExtension(extension)
  const { which, check } = splitCheck(rest.which)
  const unchecked = await whyUnchecked(list, { which, check, address })
  if (unchecked !== undefined)
    return events.bounceIgnored(dir, which.slice(0, 40), unchecked, address?.slice(0, 254))
  const bytes = await mail.read()
  const report = readReport(bytes)
  const returned = judgeReturned(mail.head, mail.envelopeFrom ?? '', report, address)
  if (suffix === undefined) {
    if (returned === 'bounce' && report !== undefined)
      await noteReport(house, dir, which, report.recipients)
    else events.bounceIgnored(dir, which.slice(0, 40), whyNot(returned, report))
    return
  }
  if (counts(which, returned)) await noteBounce(house, dir, { which, suffix, address }, bytes)
  else events.bounceIgnored(dir, which.slice(0, 40), whyNot(returned, report), address)
}

function counts(which: string, returned: Returned): boolean {
  switch (returned) {
    case 'bounce':
      return true
    case 'letter':
      return /^(probe|conf(un)?sub)$/i.test(which)
    case 'policy':
      return /^conf(un)?sub$/i.test(which)
    case 'notice':
    case 'auto-reply':
      return false
    default:
      return returned satisfies never
  }
}

function whyNot(returned: Returned, report: Report | undefined): string {
  return returned === 'bounce' && report === undefined ? 'names nobody' : returned
}

/**
 * As takeBounce for a caller who knows that it is a bounce (mlmmj-bounce -a, spec spool 4.8). The
 * mail's file is gone from its place afterwards, unless the bounce was refused.
 *
 * @throws Fault noSuchFile when the file is named and not there
 */
export async function takeKnownBounce(
  house: House,
  { dir }: OpenList,
  to: BouncedTo,
  file: string | undefined,
): Promise<Noted> {
  const path = file === undefined ? undefined : await findMailFile(dir, file)
  const mail = path === undefined ? undefined : await readMail(path)
  const noted = await noteBounce(house, dir, to, mail)
  if (path !== undefined && noted !== 'refused') await dropMailFile(path)
  return noted
}

/** As takeBounce for a report in a file that a caller names (mlmmj-bounce -d), and then removes. */
export async function takeReportFile(
  house: House,
  { dir }: OpenList,
  which: string,
  file: string,
): Promise<void> {
  const path = await findMailFile(dir, file)
  const report = readReport(await readMail(path))
  if (report === undefined) events.bounceIgnored(dir, which, 'names nobody')
  else await noteReport(house, dir, which, report.recipients)
  await dropMailFile(path)
}
