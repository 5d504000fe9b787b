import assert from 'node:assert/strict'
import type { View } from '../_view.ts'

/**
 * Where we differ from mlmmj 1.3.0 on purpose: the reason, and what its view would be if it did.
 * `found` is our view, for the bytes of a mail that 1.3 does not keep.
 */
export interface Difference {
  readonly reason: string
  readonly mend: (view: View, found: View) => void
}

/** Mails that nobody wrote to us for. The first line of a text is its name (_texts.ts). */
function withAutoSubmitted(mail: string, end: '\n' | '\r\n'): string {
  const at = mail.indexOf(`${end}${end}`) + end.length
  const name = mail.slice(at + end.length)
  if (!mail.includes('mlmmj') && !mail.includes('Message-ID: <ID>')) return mail
  const kind = /^(notify|gatekeep|moderate|probe)/.test(name) ? 'auto-generated' : 'auto-replied'
  return `${mail.slice(0, at)}Auto-Submitted: ${kind}${end}${mail.slice(at)}`
}

/** A file that only we keep. */
function adopt(files: View['files'], found: View, path: string): void {
  const content = found.files[path]
  assert.ok(content !== undefined, `we do not keep ${path}`)
  files[path] = content
}

/** We answered a request for help, where 1.3 saw none. */
function isHelped(view: View, found: View): void {
  assert.equal(found.replies.length, 1)
  assert.match(found.replies[0]?.mail ?? '', /^Subject: help of talk\r$/m)
  view.replies = found.replies
  view.log = ['joe@example.org requested help']
}

function properDigest(mail: string): string {
  return mail
    .replace('boundary=ID\r\n', 'boundary="ID"\r\nContent-Transfer-Encoding: 8bit\r\n')
    .replace(
      /^Subject: Subject: (.*)\r\n/m,
      'Subject: $1\r\nDate: NOW\r\nMessage-ID: <ID>\r\nAuto-Submitted: auto-generated\r\n',
    )
    .replace(/^Content-Type: message\/rfc822\r\n/gm, '$&Content-Transfer-Encoding: 8bit\r\n')
}

function accessLine(line: string): string {
  const [, poster = '', header = ''] =
    /access - A mail from "([^"]*)"(?: with header "(.*)" was)?/.exec(line) ?? []
  const verdict = /was (allowed|sent|denied|moderated|discarded) by (rule #\d+ ".*"|default)/.exec(
    line,
  )
  return verdict === null ? line : `access: ${poster}, ${header}: ${verdict.slice(1).join(' by ')}`
}

/** These hold for every scenario. */
export const always = {
  'an empty line at the end of every mail': {
    reason: '1.3 begins the final dot with CRLF even when the mail ends with one (mailflow 6.4).',
    mend: ({ posts, replies }) => {
      for (const sent of [...posts, ...replies]) sent.mail = sent.mail.replace(/\r\n$/, '')
    },
  },
  'Auto-Submitted': {
    reason: 'Says to other programs that a mail wants no answer (RFC 3834 5); 1.3 says nothing.',
    mend: ({ replies, files }) => {
      for (const reply of replies) reply.mail = withAutoSubmitted(reply.mail, '\r\n')
      for (const [path, mail] of Object.entries(files))
        if (path === 'queue/ID') files[path] = withAutoSubmitted(mail, '\n')
    },
  },
  'X-Loop': {
    reason:
      'Each post and digest names its list in X-Loop:, by which the list knows what comes back to it, so ' +
      'that lists which are subscribed to each other do not send a post round for ever (mailflow 2.7).',
    mend: (...views) => {
      // In mails about a post it is quoted.
      const without = (mail: string) => mail.replace(/^[> ]*X-Loop: talk@example\.org\r?\n/gm, '')
      for (const { posts, replies, files } of views) {
        for (const sent of [...posts, ...replies]) sent.mail = without(sent.mail)
        for (const [path, content] of Object.entries(files)) files[path] = without(content)
      }
    },
  },
  'no empty lastdigest': {
    reason: '1.3 makes the file before it knows whether there is anything to write.',
    mend: ({ files }) => {
      if (files['lastdigest'] === '') delete files['lastdigest']
    },
  },
  'access rules in the operation log': {
    reason:
      'The same facts in words of our own, and without the name of the program, as in mlmmj 1.5.',
    mend: (...views) => {
      for (const view of views) view.log = view.log.map(accessLine)
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
  'one mail for all by itself': {
    reason:
      'Where the relay offers XVERP it is used without `verp` being set: the relay then makes the same envelopes as 1.3 does (mailflow 6.5).',
    mend: (view) => {
      const [first] = view.posts
      assert.ok(first !== undefined && view.posts.every(({ mail }) => mail === first.mail))
      const to = view.posts.flatMap((one) => one.to).sort()
      for (const { from } of view.posts) assert.match(from, /^talk\+bounces-1-\w+=[a-z.]+@/)
      const from = first.from.replace(/-1-[^@]*/, '-1')
      view.posts = [{ ...first, from, to, parameters: 'XVERP=-=' }]
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
  'what is ignored is kept': {
    reason:
      'A request that is not served lies in queue/discarded for a week, with an event that says why; ' +
      '1.3 leaves it in queue/ or drops it without a word (mailflow 3.1).',
    mend: ({ files }, found) => {
      delete files['queue/ID']
      adopt(files, found, 'queue/discarded/ID')
    },
  },
  'an ignored request is not logged as one': {
    reason: '1.3 writes the line before it looks whether the request can be served.',
    mend: (view) => {
      view.log = []
    },
  },
  'the envelope decides': {
    reason:
      'Where the mail server says which address a mail came to, To: cannot make a post of a request ' +
      '(mailflow 2.2; as mlmmj 1.5).',
    mend: (view, found) => {
      view.posts = []
      delete view.files['archive/1']
      view.files['index'] = ''
      isHelped(view, found)
    },
  },
  'command words in any case': {
    reason: 'Mail programs and relays change the case of local parts (spool 4.3).',
    mend: isHelped,
  },
  'no answer to robots': {
    reason:
      'Mail from the list itself, from nobody, from other lists and from other programs is not ' +
      'answered, or two robots would write to each other for ever (RFC 3834 2, mailflow 2.7).',
    mend: (view, found) => {
      view.replies = []
      view.log = []
      adopt(view.files, found, 'queue/discarded/ID')
    },
  },
  '+list answers the address in From:': {
    reason: 'As mlmmj 1.5; 1.3 writes to the address as it is spelled in control/owner.',
    mend: (view) => {
      for (const reply of view.replies) {
        reply.to = ['Owner@Example.ORG']
        reply.mail = reply.mail.replace('To: owner@example.org', 'To: Owner@Example.ORG')
      }
      view.log = view.log.map((line) => line.replace('owner@example.org', 'Owner@Example.ORG'))
    },
  },
  '+get names the post in the log': {
    reason: '1.3 writes the path of the archive twice.',
    mend: (view) => {
      view.log = view.log.map((line) => line.replace('archive/LIST/archive/', 'archive/'))
    },
  },
  'a request for nothing is no failure': {
    reason:
      '1.3 ends with 1 for a post that is not there, and the mail server bounces the request.',
    mend: (view) => {
      view.said = view.said.map((line) => line.replace(/^receive 1$/, 'receive 0'))
    },
  },
  '+get waits in the queue': {
    reason: '1.3 leaves the envelope in archive/, where nobody looks for it (spool 1.4).',
    mend: (view, found) => {
      const { files } = view
      view.log = ['joe@example.org got archive/1']
      for (const name of ['mailfrom', 'reciptto']) delete files[`archive/1.${name}`]
      for (const name of ['', '.mailfrom', '.reciptto']) adopt(files, found, `queue/ID${name}`)
    },
  },
  'mail to owners, moderators and gatekeepers waits in the queue': {
    reason: '1.3 loses it when the relay is down (mailflow 12, window 3).',
    mend: ({ files }, found) => {
      delete files['requeue/ID/subscribers']
      for (const name of ['', '.mailfrom', '.reciptto']) adopt(files, found, `queue/ID${name}`)
    },
  },
  'a confirmation is judged as the request was': {
    reason:
      '1.3 takes the kind of subscription from the address of the confirmation and does not look ' +
      'whether the list has it (mailflow 4.1).',
    mend: (view, found) => {
      delete view.files['digesters.d/j']
      view.replies = found.replies
      view.log = view.log.filter((line) => !line.includes('confirmed subscription'))
      assert.ok(found.replies.some(({ mail }) => mail.includes('deny-sub-disabled-digest')))
    },
  },
  'only the list itself cannot join': {
    reason: '1.3 turns away every address that begins like the list (mailflow 4.1).',
    mend: (view, found) => {
      adopt(view.files, found, 'subconf/ID')
      view.replies = found.replies
      assert.equal(found.replies.length, 1)
    },
  },
  'no backscatter about leaving': {
    reason:
      'Who is not subscribed is told so only if the mail came from his own envelope address: else ' +
      'anybody could have us write to anybody.',
    mend: (view) => {
      view.replies = []
    },
  },
  '+reject of a subscription is logged as +obstruct': {
    reason: 'It is the same thing, and the log says what happened (mailflow 5).',
    mend: (view) => {
      view.log = view.log.map((line) => line.replace('rejected subscribeID', 'obstructed ID'))
    },
  },
  'a rejected post leaves nothing': {
    reason: '1.3 leaves the .omit file beside it until it expires (spool 1.5.3).',
    mend: ({ files }) => {
      delete files['moderation/ID.omit']
    },
  },
  'exit codes say what was wrong': {
    reason: 'As sysexits.h has them: 64 for wrong use, 65 for a wrong address; 1.3 knows 0 and 1.',
    mend: (view, found) => {
      for (const line of found.said) assert.match(line, / (64|65|66)$/)
      view.said = found.said
    },
  },
  'the owner of a new list can be reached': {
    reason:
      'make-ml of 1.3 writes postmaster, and mail to an owner without a domain goes to nobody ' +
      '(spool 3.2).',
    mend: ({ files }) => {
      files['made/new/control/owner'] = 'postmaster@lists.example.org\n'
    },
  },
  'a move leaves nothing behind': {
    reason:
      'Who was entered by hand in all three files and moves to digests stays in nomailsubs.d with ' +
      '1.3; we leave him where he wants to be and nowhere else (mailflow 4.1).',
    mend: ({ files }) => {
      files['nomailsubs.d/a'] = 'alf@example.org\n'
    },
  },
  'a bounce is kept as it came': {
    reason: '1.3 keeps what the changes for posts make of it, without its Return-Path:.',
    mend: ({ files }) => {
      for (const [path, mail] of Object.entries(files))
        if (path.endsWith('.lastmsg')) files[path] = `Return-Path: <>\n${mail}`
    },
  },
  'only a bounce is a bounce': {
    reason:
      'A letter or a vacation notice to a bounce address is on nobody’s record; with 1.3 anybody can ' +
      'have a member probed by writing there (mailflow 7.1).',
    mend: ({ files }) => {
      delete files['bounce/ann=example.org']
      delete files['bounce/ann=example.org.lastmsg']
    },
  },
  'a probe says what bounced': {
    reason: 'mlmmj-bounce -p of 1.3 looks for the record in the current directory (spool 4.8).',
    mend: ({ replies }) => {
      for (const reply of replies)
        reply.mail = reply.mail.replace('- %digestthreads%', '- 12\r\n- 13\r\n- %digestthreads%')
    },
  },
  'a probe waits in the queue': {
    reason: 'Like every mail of ours. 1.3 forgets it and writes another one at the next run.',
    mend: ({ files }, found) => {
      adopt(files, found, 'bounce/ann=example.org-probe')
      for (const name of ['', '.mailfrom', '.reciptto']) adopt(files, found, `queue/ID${name}`)
    },
  },
  'a mail that is refused for good is given up': {
    reason: '1.3 tries it again at each run until bouncelife has passed (mailflow 9.1).',
    mend: ({ files }) => {
      for (const name of ['', '.mailfrom', '.reciptto']) delete files[`queue/ID${name}`]
    },
  },
  'a digest is a proper mail': {
    reason:
      'One Subject:, a Date:, a Message-ID:, a quoted boundary and the encoding of its parts; 1.3 ' +
      'doubles the word Subject: and leaves the others out (mailflow 8.2 and 8.3).',
    mend: ({ replies }) => {
      for (const reply of replies) reply.mail = properDigest(reply.mail)
    },
  },
  'threads of a digest are grouped': {
    reason: '1.3 means to, but begins a new thread for each post (mailflow 8.3).',
    mend: ({ replies }) => {
      const apart = '- \r\n- one\r\n-       2'
      for (const reply of replies) reply.mail = reply.mail.replace(apart, '-       2')
    },
  },
  'a digest waits for a post that is on its way': {
    reason:
      'A number that was given out within the last hour may still get its post; 1.3 passes over it, ' +
      'and no digest ever has that post (spool 1.4).',
    mend: ({ files, replies }) => {
      files['lastdigest'] = '4:TIME:5\n'
      for (const reply of replies)
        reply.mail = reply.mail
          .replace('digestlast: 6', 'digestlast: 4')
          .replace('digestinterval: 2-6', 'digestinterval: 2-4')
    },
  },
  'a digest waits for its readers': {
    reason: '1.3 loses it for everybody who cannot be reached at that moment (mailflow 8.4).',
    mend: (view, found) => {
      delete view.files['requeue/digest/subscribers']
      assert.deepEqual(
        found.replies.map(({ from }) => from),
        ['dan', 'dora'].map(
          (name) =>
            `talk+bounces-digest-${name}=example.${name === 'dan' ? 'net' : 'org'}@example.org`,
        ),
      )
      view.replies = found.replies
    },
  },
} as const satisfies Record<string, Difference>

export type DifferenceName = keyof typeof differences
