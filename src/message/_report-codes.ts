/** An enhanced status code among words, and no piece of an IP address. */
const code = /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])/

/** The enhanced status code (RFC 3463) in a status field or an SMTP reply, if there is one. */
export function statusIn(text: string | undefined): string | undefined {
  return text === undefined ? undefined : code.exec(text)?.[1]
}

/** What servers say when they refuse a mail for its sender or content; not as part of a host name. */
const policyWords =
  /(?<![\w./@-])(dmarc|dkim|spf|dnsbl|rbl|spam|black-?list(ed)?|block-?list(ed)?|sender address rejected)(?![\w-]|\.\w)/i

/**
 * Whether a delivery was refused for security or policy: x.7.x of RFC 3463 3.8, or a word that means
 * it where no code blames the recipient. That says nothing about the address: the next post may
 * well arrive.
 *
 * @param words status codes and SMTP replies
 */
export function isPolicyRefusal(...words: readonly (string | undefined)[]): boolean {
  const codes = words.map((text) => statusIn(text) ?? '')
  if (codes.some((status) => /^[45]\.7\./.test(status))) return true
  if (codes.some((status) => /^5\.1\.([1-4]|6|10)$/.test(status))) return false
  return words.some((text) => text !== undefined && policyWords.test(text))
}

/** What the other side said, on one line, with blanks for the control characters in it. */
export function onOneLine(said: string): string {
  return said.replace(/[\0-\x1f\x7f]+/g, ' ').trim()
}
