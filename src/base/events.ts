import { channel } from 'node:diagnostics_channel'
import type { Fault } from './fault.ts'

/** Whoever plugs the program together listens here (`app.ts`); tests may. A message is one line. */
export const log = channel('mlmmj-ts.events')

type Facts = Readonly<Record<string, string | number | boolean | undefined>>

function tell(event: string, facts: Facts): void {
  if (!log.hasSubscribers) return
  const pairs = Object.entries(facts).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${shown(key, value)}`],
  )
  log.publish([event, ...pairs].join(' '))
}

/**
 * As JSON, also of characters that do things in terminals (U+009B begins a sequence as ESC [ does). Of
 * a cookie, wherever it stands, half is told: what is left of it opens nothing.
 */
function shown(key: string, value: string | number | boolean): string {
  const text = JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return key === 'list' ? text : text.replace(/([0-9a-f]{8})[0-9a-f]{8}/gi, '$1')
}

/** A mail's id is also the cookie that releases it, so lines carry half of it: enough for grep. */
function short(mail: string): string {
  return mail.slice(0, 8)
}

/** One helper for each event, named in the past tense (house 22). */
export const events = {
  mailReceived: (list: string, mail: string, bytes: number) =>
    tell('mail-received', { list, mail: short(mail), bytes }),
  postAccepted: (list: string, mail: string, number: number, recipients: number) =>
    tell('post-accepted', { list, mail: short(mail), number, recipients }),
  postHeld: (list: string, mail: string, why: string) =>
    tell('post-held', { list, mail: short(mail), why }),
  postRefused: (list: string, mail: string, why: string, silently: boolean) =>
    tell('post-refused', { list, mail: short(mail), why, silently }),
  requestIgnored: (list: string, mail: string, extension: string, why: string) =>
    tell('request-ignored', { list, mail: short(mail), extension, why }),
  answerWithheld: (list: string, mail: string, to: string, why: string) =>
    tell('answer-withheld', { list, mail: short(mail), to, why }),
  mailDiscarded: (list: string, mail: string, why: string) =>
    tell('mail-discarded', { list, mail: short(mail), why }),
  mailParked: (list: string, mail: string, why: string) =>
    tell('mail-parked', { list, mail: short(mail), why }),
  maintenanceProblem: (list: string, step: string, why: string) =>
    tell('maintenance-problem', { list, step, why }),
  nobodyAsked: (list: string, what: string, file: string) =>
    tell('nobody-asked', {
      list,
      what,
      file,
      why: 'it holds no address; the mail waits all the same',
    }),
  serviceStarted: (facts: {
    spool: string
    http: number
    lmtp: number
    socketmap: number
    relay: string
    ms: number
  }) => tell('service-started', facts),
  serviceStopping: (why: string) => tell('service-stopping', { why }),
  serviceStopped: (ms: number) => tell('service-stopped', { ms }),
  listAppeared: (list: string) => tell('list-appeared', { list }),
  listVanished: (list: string) => tell('list-vanished', { list }),
  listChanged: (list: string, what: string) => tell('list-changed', { list, what }),
  ownershipWrong: (list: string, path: string, why: string, mend: string) =>
    tell('ownership-wrong', { list, path, why, mend }),
  watchFailed: (path: string, why: string) => tell('watch-failed', { path, why }),
  maintenanceFinished: (spool: string, lists: number, problems: number) =>
    tell('maintenance-finished', { spool, lists, problems }),
  workerFailed: (list: string, why: string) => tell('worker-failed', { list, why }),
  replyQueued: (list: string, mail: string, text: string, to: string) =>
    tell('reply-queued', { list, mail: short(mail), text, to }),
  replySent: (list: string, mail: string, to: string) =>
    tell('reply-sent', { list, mail: short(mail), to }),
  logFailed: (list: string, why: string) => tell('log-failed', { list, why }),
  recipientRefused: (list: string, what: string, to: string, reply: string) =>
    tell('recipient-refused', { list, what, to, reply }),
  deliveryDeferred: (list: string, what: string, remaining: number, reply: string) =>
    tell('delivery-deferred', { list, what, remaining, reply }),
  deliveryFailed: (list: string, what: string, why: string) =>
    tell('delivery-failed', { list, what, why }),
  deliveryFinished: (list: string, what: string, delivered: number, refused: number) =>
    tell('delivery-finished', { list, what, delivered, refused }),
  deliveryHandedOver: (list: string, what: string) => tell('delivery-handed-over', { list, what }),
  bounceRecorded: (list: string, id: string, address: string) =>
    tell('bounce-recorded', { list, id, address }),
  bounceIgnored: (list: string, id: string, why: string, address?: string) =>
    tell('bounce-ignored', { list, id, why, address }),
  confirmationBounced: (list: string, question: string) =>
    tell('confirmation-bounced', { list, question }),
  probeSent: (list: string, address: string) => tell('probe-sent', { list, address }),
  probeBounced: (list: string, address: string) => tell('probe-bounced', { list, address }),
  bouncerForgiven: (list: string, address: string, why: string) =>
    tell('bouncer-forgiven', { list, address, why }),
  bouncerRemoved: (list: string, address: string, since: number) =>
    tell('bouncer-removed', { list, address, since }),
  settingIgnored: (list: string, file: string, why: string) =>
    tell('setting-ignored', { list, file, why }),
  lineIgnored: (list: string, file: string, line: number, why: string) =>
    tell('line-ignored', { list, file, line, why }),
  journalStuck: (list: string, why: string) => tell('journal-stuck', { list, why }),
  journalRecovered: (list: string, mails: number) => tell('journal-recovered', { list, mails }),
  lockBroken: (path: string, owner: string) => tell('lock-broken', { path, owner }),
  indexRecovered: (list: string, found: string, next: number) =>
    tell('index-recovered', { list, found, next }),
  digestMade: (list: string, issue: number, first: number, last: number, recipients: number) =>
    tell('digest-made', { list, issue, first, last, recipients }),
  lastDigestRecovered: (list: string, found: string, lastPost: number) =>
    tell('last-digest-recovered', { list, found, lastPost }),
  textsRenewed: (list: string, language: string, changed: number, saved: number) =>
    tell('texts-renewed', { list, language, changed, saved }),
  commandFailed: (command: string, { code, message, cause }: Fault) =>
    tell('command-failed', {
      command,
      code,
      message,
      cause: cause === undefined ? undefined : String(cause),
    }),
} as const
