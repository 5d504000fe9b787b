import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { MadeList } from '../flows/make-list.ts'
import type { WantedList } from './_wanted-list.ts'

/** What the files of the mail server and of cron need for a list (spec spool 4.1). */
export interface SystemLines {
  readonly alias: string
  readonly cron: string
}

export function systemLines(
  { name, user, cron }: WantedList,
  dir: string,
  programDir: string,
): SystemLines {
  // The crontab of the system names a user in each line; a user's own does not.
  const worker = cron ? `${user?.split(':')[0] ?? userInfo().username} ` : ''
  return {
    alias: `${name}:  "|${join(programDir, 'mlmmj-receive')} -L ${dir}/"`,
    cron: `0 */2 * * * ${worker}${join(programDir, 'mlmmj-maintd')} -F -L ${dir}/`,
  }
}

const results = {
  made: 'is made',
  rewritten: 'was there and is rewritten',
  there: 'was there already; nothing was changed',
} as const

/** What a person is told. */
export function madeReport(
  { dir, address, result }: MadeList,
  wanted: WantedList,
  lines: SystemLines,
  { aliases, crontab }: { readonly aliases: string; readonly crontab: string },
): string {
  return `The list ${address} in ${dir} ${results[result]}.

${wanted.alias ? `${aliases} has this line:` : `${aliases} needs this line:`}
${lines.alias}

${wanted.cron ? `${crontab} has this line:` : 'The crontab of its user needs this line:'}
${lines.cron}

Run newaliases afterwards. The directory must belong to the user that the mail server
runs mlmmj-receive as; -c gives it to that user.
`
}
