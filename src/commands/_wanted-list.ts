import { execFile } from 'node:child_process'
import { hostname } from 'node:os'
import { bytesFromText } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import { whyNoDomain, whyNoListName } from '../list/list-name.ts'
import { whyNoAddress } from '../message/address.ts'
import type { Answers } from './_answer-file.ts'
import { askerOn, type Asker } from './_asker.ts'
import type { Context } from './_context.ts'
import type { Output } from './_output.ts'

/** What mlmmj-make-ml was told so far, by flags or by an answer file. Text, as typed. */
export interface Told {
  readonly spool: string | undefined
  readonly name: string | undefined
  readonly domain: string | undefined
  readonly owner: string | undefined
  readonly texts: string | undefined
  readonly alias: boolean
  readonly cron: boolean
  readonly user: string | undefined
}

/** Everything there is to know before a list can be made, checked. */
export interface WantedList extends Told {
  readonly spool: string
  readonly name: string
  readonly domain: string
  readonly owner: string
}

/** Flags win over the file (spec spool 4.1, marked careful). An empty answer is none. */
export function toldBy(flags: Told, file: Answers): Told {
  return {
    spool: flags.spool ?? (file.SPOOLDIR || undefined),
    name: flags.name ?? (file.LISTNAME || undefined),
    domain: flags.domain ?? (file.FQDN || undefined),
    owner: flags.owner ?? (file.OWNER || undefined),
    texts: flags.texts ?? (file.TEXTLANG || undefined),
    alias: flags.alias || yes(file.ADDALIAS),
    cron: flags.cron || yes(file.ADDCRON),
    user: flags.user ?? (yes(file.DO_CHOWN) ? file.CHOWN || undefined : undefined),
  }
}

/** What toldBy() would understand the same way. */
export function answersOf({
  spool,
  name,
  domain,
  owner,
  texts,
  alias,
  user,
  cron,
}: WantedList): Answers {
  return {
    SPOOLDIR: spool,
    LISTNAME: name,
    FQDN: domain,
    OWNER: owner,
    TEXTLANG: texts ?? '',
    ADDALIAS: alias ? 'y' : 'n',
    DO_CHOWN: user === undefined ? 'n' : 'y',
    CHOWN: user ?? '',
    ADDCRON: cron ? 'y' : 'n',
  }
}

function yes(answer: string | undefined): boolean {
  return answer !== undefined && /^y(es)?$/i.test(answer)
}

/**
 * Asks what is missing, in the order of mlmmj-make-ml 1.3: name, domain, owner, texts. Who has told
 * name, domain and owner is asked nothing.
 *
 * @param confirm whether -a and -c are asked about once more, as 1.3 does
 * @throws Fault badUsage for a name, domain or owner that cannot be used
 */
export async function wantedList(
  told: Told,
  confirm: boolean,
  { stdin, spoolDir }: Context,
  output: Output,
): Promise<WantedList> {
  const spool = told.spool ?? spoolDir
  const { name, domain, owner } = told
  if (name !== undefined && domain !== undefined && owner !== undefined)
    return checked({ ...told, spool, name, domain, owner })
  const asker = askerOn(stdin, output)
  try {
    return checked({ ...(await asked(told, confirm, asker)), spool })
  } finally {
    await asker.close()
    await output.write('\n')
  }
}

async function asked(told: Told, confirm: boolean, asker: Asker) {
  const name = told.name ?? (await asker.ask('Name of the list', 'mlmmj-test'))
  const domain = told.domain ?? (await asker.ask('Domain of its address', await thisDomain()))
  const owner = told.owner ?? (await asker.ask('Address of its owner', `postmaster@${domain}`))
  const texts =
    told.texts ?? (await asker.ask('Language of list texts to copy, or their directory', 'none'))
  const alias = told.alias && (!confirm || (await asker.agrees('Add it to the aliases?')))
  // mlmmj 1.3 stops at a "no" to the alias, and so never changes the owner.
  const giveAway = !confirm || (alias === told.alias && (await agreesToUser(told.user, asker)))
  return {
    ...told,
    name,
    domain,
    owner,
    texts: texts === 'none' ? undefined : texts,
    alias,
    user: giveAway ? told.user : undefined,
  }
}

async function agreesToUser(user: string | undefined, asker: Asker): Promise<boolean> {
  return user === undefined || (await asker.agrees(`Give the directory to ${user}?`))
}

function checked(wanted: WantedList): WantedList {
  const { name, domain } = wanted
  const owner = wanted.owner.includes('@') ? wanted.owner : `${wanted.owner}@${domain}`
  const wrong =
    complaint('name', name, whyNoListName(name)) ??
    complaint('domain', domain, whyNoDomain(domain)) ??
    complaint('owner', owner, whyNoAddress(bytesFromText(owner)))
  if (wrong !== undefined) throw new Fault('badUsage', wrong)
  return { ...wanted, owner }
}

function complaint(what: string, value: string, why: string | undefined): string | undefined {
  return why === undefined ? undefined : `the ${what} ${JSON.stringify(value)} ${why}`
}

/** The full name of this host, as mlmmj asks `domainname -f` for it. */
async function thisDomain(): Promise<string> {
  return await new Promise((resolve) => {
    execFile('hostname', ['-f'], { timeout: 2_000 }, (error, stdout) =>
      resolve((error === null && stdout.trim()) || hostname()),
    )
  })
}
