/** How it ended. The first digit of the status decides: 2 taken, 4 try again, 5 never. */
export interface Answer {
  /** Enhanced status code (RFC 3463). */
  readonly status: string
  /** A sentence on one line, for the mail log. */
  readonly message: string
  /** Whether the service itself said so; otherwise it was not reached or not understood. */
  readonly stated: boolean
}

/** Statuses of HTTP that speak of the way to the service or of its state, never of the mail. */
const aboutTheWay = [401, 407, 408, 421, 425, 426, 429]

/**
 * What an HTTP answer means for the mail. Taken is it only by a 2xx with a status that begins with
 * 2; refused for good only by a 4xx with a status that begins with 5. Everything else, such as a
 * proxy's page or a half answer, is a reason to try again.
 */
export function judge(code: number, body: string): Answer {
  const { status, message } = statedIn(body)
  if (status === undefined)
    return later('4.3.0', `the service's answer (HTTP ${code}) is not understood`)
  const kind = status.charAt(0)
  if (code >= 200 && code < 300 && kind === '2') return { status, message, stated: true }
  if (code < 400) return later('4.3.0', `the service answers HTTP ${code} with status ${status}`)
  const forGood = kind === '5' && code < 500 && !aboutTheWay.includes(code)
  if (kind === '4' || forGood) return { status, message, stated: true }
  return { status: '4.3.0', message: `${message} (HTTP ${code}, ${status})`, stated: true }
}

export function later(status: string, message: string): Answer {
  return { status, message: oneLine(message), stated: false }
}

export function isTaken({ status }: Answer): boolean {
  return status.startsWith('2')
}

export function isForGood({ status }: Answer): boolean {
  return status.startsWith('5')
}

/**
 * What Postfix is told (sysexits.h, as its pipe(8) reads them): it would bounce most of these codes,
 * so everything that may pass is 75.
 */
export function exitCode(answer: Answer): number {
  if (isTaken(answer)) return 0
  if (!isForGood(answer)) return 75
  const subject = answer.status.split('.')[1]
  return subject === '1' ? 67 : subject === '6' ? 65 : subject === '7' ? 77 : 69
}

/** What stands on one line of a log, whatever it was. */
export function oneLine(text: string): string {
  // Most are plain, and V8 takes a millisecond to make ready for all of Unicode.
  const isPlain = /^[\x20-\x7e]*$/.test(text)
  const line = (isPlain ? text.replace(/ +/g, ' ') : text.replace(/[\p{C}\s]+/gu, ' ')).trim()
  return line.length > 400 ? `${line.slice(0, 400)}…` : line
}

/** What the JSON of an answer says; a status that is none is left out. */
export interface Stated {
  readonly status?: string
  readonly message: string
}

export function statedIn(body: string): Stated {
  const { status, message, id } = objectIn(body)
  const words = typeof message === 'string' ? oneLine(message) : ''
  const named = typeof id === 'string' ? oneLine(`accepted as ${id}`) : 'no reason is given'
  const said = { message: words || named }
  const isStatus = typeof status === 'string' && /^[245]\.\d{1,3}\.\d{1,3}$/.test(status)
  return isStatus ? { ...said, status } : said
}

function objectIn(body: string): { status?: unknown; message?: unknown; id?: unknown } {
  try {
    const said: unknown = JSON.parse(body)
    return typeof said === 'object' && said !== null ? said : {}
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown
    return {}
  }
}
