/**
 * The one catalogue of what can go wrong, with what each kind of caller is told: a shell (exit, from
 * sysexits.h), an SMTP or LMTP client (smtp, status: RFC 3463) and a reader of the manual (says).
 */
export const faults = {
  badUsage: { exit: 64, smtp: 501, status: '5.5.4', says: 'The command line is wrong.' },
  badMail: { exit: 65, smtp: 554, status: '5.6.0', says: 'This cannot be read as mail.' },
  badAddress: { exit: 65, smtp: 501, status: '5.1.3', says: 'This cannot be a mail address.' },
  noSuchFile: {
    exit: 66,
    smtp: 451,
    status: '4.3.0',
    says: 'A file named by the caller is missing.',
  },
  noSuchList: { exit: 67, smtp: 550, status: '5.1.1', says: 'No list has this name or address.' },
  notThere: {
    exit: 69,
    smtp: 451,
    status: '4.3.2',
    says: 'This part of the program is not there.',
  },
  bug: { exit: 70, smtp: 451, status: '4.3.0', says: 'The program is wrong, not the mail.' },
  alreadyThere: { exit: 73, smtp: 451, status: '4.3.0', says: 'This list exists already.' },
  spoolTrouble: { exit: 75, smtp: 451, status: '4.3.0', says: 'The spool cannot be used now.' },
  spoolFull: { exit: 75, smtp: 452, status: '4.3.1', says: 'The spool has no room left.' },
  busy: { exit: 75, smtp: 451, status: '4.3.2', says: 'Somebody else holds the list too long.' },
  tooMany: { exit: 75, smtp: 450, status: '4.7.1', says: 'This was asked too often for now.' },
  notAllowed: { exit: 77, smtp: 550, status: '5.7.1', says: 'The caller may not do this.' },
  tooBig: { exit: 65, smtp: 552, status: '5.3.4', says: 'This mail is larger than allowed.' },
  badSettings: { exit: 78, smtp: 451, status: '4.3.5', says: 'A control file cannot be used.' },
} as const

export type FaultCode = keyof typeof faults

/** Survives being bundled twice (a part that is loaded on demand brings its own copy of this class). */
const brand = Symbol.for('mlmmj-ts.fault')

/** What every function of ours throws. The message is public; the cause is for the log alone. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly [brand] = true

  constructor(code: FaultCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }

  get kind(): (typeof faults)[FaultCode] {
    return faults[this.code]
  }

  /** Whether the same call may succeed later: its status begins with 4. */
  get retry(): boolean {
    return this.kind.status.startsWith('4')
  }
}

export function isFault(thrown: unknown, code?: FaultCode): thrown is Fault {
  if (typeof thrown !== 'object' || thrown === null || !(brand in thrown)) return false
  return code === undefined || (thrown as Fault).code === code
}

/** What nobody expected is our bug, and mail survives our bugs: it is tried again. */
export function asFault(thrown: unknown): Fault {
  return isFault(thrown)
    ? thrown
    : new Fault('bug', `${faults.bug.says} (${String(thrown)})`, thrown)
}

/** The operating system's word for what failed, such as `ENOENT`; undefined for anything else. */
export function errnoOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' && /^E[A-Z0-9]+$/.test(thrown.code)
    ? thrown.code
    : undefined
}
