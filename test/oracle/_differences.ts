import type { View } from './_view.ts'

/** Where we differ from mlmmj 1.3.0 on purpose: the reason, and what its view would be if it did. */
export interface Difference {
  readonly reason: string
  readonly mend: (view: View) => void
}

/** These hold for every scenario. */
export const always = {
  'an empty line at the end of every mail': {
    reason: '1.3 begins the final dot with CRLF even when the mail ends with one (mailflow 6.4).',
    mend: ({ posts }) => {
      for (const post of posts) post.mail = post.mail.replace(/\r\n$/, '')
    },
  },
} as const satisfies Record<string, Difference>

export const differences = {
  'BODY=8BITMIME': {
    reason: '1.3 sends such bytes without saying so; RFC 6152 3 wants it said where it is offered.',
    mend: ({ posts }) => {
      for (const post of posts) post.parameters = 'BODY=8BITMIME'
    },
  },
  'the last line has no line end': {
    reason: '1.3 sends as many NUL bytes as the line is long (mailflow 6.4).',
    mend: ({ posts, files }) => {
      for (const post of posts)
        post.mail = (files['archive/1'] ?? '').replaceAll('\n', '\r\n').replace(/(?<!\n)$/, '\r\n')
    },
  },
  'CR CR LF': {
    reason: '1.3 puts a CR before each LF, even where one stands, and its own lines end with LF.',
    mend: ({ posts, files }) => {
      for (const post of posts) post.mail = post.mail.replaceAll('\r\r\n', '\r\n')
      files['archive/1'] = (files['archive/1'] ?? '').replaceAll(/\r?\n/g, '\r\n')
    },
  },
  'a dot in the first column of line one': {
    reason: '1.3 does not double the dot of the very first line, and receivers take it off.',
    mend: ({ posts }) => {
      for (const post of posts) post.mail = `.${post.mail}`
    },
  },
  'CR behind subscribers': {
    reason: '1.3 sends the CR of a CRLF file in RCPT TO and in the envelope sender (spool 2.2).',
    mend: ({ posts }) => {
      for (const post of posts) {
        post.from = post.from.replaceAll('\r', '')
        post.to = post.to.map((address) => address.replaceAll('\r', ''))
      }
    },
  },
  'the poster, written in other letters': {
    reason: '1.3 compares notmetoo with regard to case; addresses have none (mailflow 6.1).',
    mend: (view) => {
      view.posts = view.posts.filter(({ to }) => !to.includes('Ann@example.org'))
    },
  },
  '450 is no bounce': {
    reason:
      '1.3 takes RCPT 450 for a bounce and forgets the recipient; we try again (mailflow 6.6).',
    mend: ({ files }) => {
      delete files['bounce/bob=example.net']
      files['requeue/1/subscribers'] = 'bob@example.net'
    },
  },
} as const satisfies Record<string, Difference>

export type DifferenceName = keyof typeof differences
