/** Lines of a mail with LF line ends, as a pipe transport hands it over. */
export function mail(headers: readonly string[], body = 'hello\n'): string {
  return `${headers.join('\n')}\n\n${body}`
}

export interface PostParts {
  /** The envelope sender, in Return-Path; null leaves the header out. */
  readonly sender?: string | null
  readonly from?: string
  readonly to?: string
  readonly subject?: string | null
  readonly more?: readonly string[]
  readonly body?: string
}

/** A post to talk@example.org as Postfix would hand it over. */
export function post(parts: PostParts = {}): string {
  const { sender = 'joe@example.org', from = 'Joe <joe@example.org>', more = [] } = parts
  const { to = 'talk@example.org', subject = 'a question' } = parts
  const headers = [
    ...(sender === null ? [] : [`Return-Path: <${sender}>`]),
    `From: ${from}`,
    `To: ${to}`,
    ...(subject === null ? [] : [`Subject: ${subject}`]),
    'Date: Sat, 21 Nov 2026 12:00:00 +0000',
    'Message-ID: <1@example.org>',
    ...more,
  ]
  return mail(headers, parts.body)
}
