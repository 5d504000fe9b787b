import type { ListSetup, ScratchList } from '../_list.ts'
import { mail, post, type PostParts } from '../_mail.ts'
import type { SinkOptions } from '../_sink.ts'

/** The last line of each post: without it, a mail is half. */
export const lastLine = 'this is the last line'
export const readers = ['ann@example.org', 'bob@example.net', 'cat@sub.example.org', 'dan@a.test']
export const digesters = ['eva@example.org', 'eve@example.net']
const id = '0123456789abcdef'
const cookie = 'fedcba9876543210'
const longAgo = Math.floor(Date.now() / 1_000) - 40 * 86_400

/** A post that names itself, too long to be written by chance. */
export function namedPost(name: string, parts: PostParts = {}): string {
  return post({
    subject: name,
    body: `${'a line of this post\n'.repeat(400)}${lastLine}\n`,
    ...parts,
  })
}

/** What is done to a list while it is struck, and what must be so in the end. */
export type Subject = CommandSubject | ServiceSubject

interface AnySubject {
  readonly name: string
  readonly setup?: ListSetup
  readonly sink?: SinkOptions
  readonly wants: Wants
}

/** The service, which gets posts over LMTP while it is killed. */
export interface ServiceSubject extends AnySubject {
  /** Offered at the same time, each on its own connection. */
  readonly lmtp: readonly string[]
  /** Or so long after one another (milliseconds). */
  readonly everyMs?: number
}

export interface CommandSubject extends AnySubject {
  /** The command that is killed. */
  readonly program: string
  readonly args: (list: ScratchList) => readonly string[]
  readonly stdin?: string
  /** Which of the processes it starts is killed; all unless given. */
  readonly who?: string
}

export interface Wants {
  /** Posts that are the list's before the command starts: each reader of each must get it. */
  readonly posts?: readonly string[]
  /** Posts that are the list's when the command ends with 0; until then, all readers or none. */
  readonly offered?: readonly string[]
  /** Who must get a mail that is no post, whatever it says. */
  readonly hear?: readonly string[]
  /** Posts that each reader of digests must get in one. */
  readonly digested?: readonly string[]
  /** Who shall be in subscribers.d in the end; `before`, and nothing between them, until then. */
  readonly members?: { readonly before: readonly string[]; readonly after: readonly string[] }
  /** As `after` above: must the command have ended for that, or was it accepted before? */
  readonly membersAreSure?: boolean
  /** Files that must be there after the first maintenance, and may be until the end. */
  readonly kept?: readonly string[]
}

/** A mail that was accepted by an earlier run, with its envelope. */
function arrived(text: string, sender = 'joe@example.org'): Readonly<Record<string, string>> {
  return {
    [`incoming/${id}`]: text,
    [`incoming/${id}.envelope`]: JSON.stringify({ sender }),
  }
}

function to(extension: string, parts: PostParts = {}): string {
  return namedPost('a wish', { to: `talk+${extension}@example.org`, ...parts })
}

const worker = {
  program: 'mlmmj-process',
  args: ({ dir }: ScratchList) => ['--worker', '-L', dir],
} as const
const sender = ['-s', 'joe@example.org']

function processing(
  name: string,
  files: Readonly<Record<string, string>>,
  wants: Wants,
  setup: ListSetup = {},
): CommandSubject {
  return { name, ...worker, wants, setup: { ...setup, files: { ...files, ...setup.files } } }
}

const pending = {
  index: '1',
  'archive/1': namedPost('post-1'),
  'requeue/1/subscribers': readers.map((who) => `${who}\n`).join(''),
}

const report = mail(
  [
    'From: MAILER-DAEMON@example.org',
    'To: talk+bounces-1-ann=example.org@example.org',
    'Subject: undeliverable',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
  ],
  [
    ...['--b', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; example.net', ''],
    ...['Final-Recipient: rfc822; ann@example.org', 'Action: failed', 'Status: 5.1.1', ''],
    ...['--b--', lastLine, ''],
  ].join('\n'),
)

/** A list with something for each step of mlmmj-maintd. */
const busy: ListSetup = {
  digesters,
  control: { digestinterval: '0\n' },
  subscribers: [...readers, 'zoe@example.org'],
  files: {
    ...pending,
    ...arrived(namedPost('post-new')),
    [`moderation/${cookie}.sending`]: namedPost('post-held'),
    'queue/00000000000000aa': namedPost('an answer'),
    'queue/00000000000000aa.reciptto': 'joe@example.org',
    'queue/00000000000000aa.mailfrom': 'talk+owner@example.org',
    'bounce/zoe=example.org': `1:${longAgo} # long ago\n`,
    'bounce/bob=example.net': `1:${Math.floor(Date.now() / 1_000) - 60} # a minute ago\n`,
  },
}

export const subjects: readonly Subject[] = [
  {
    name: 'receive',
    program: 'mlmmj-receive',
    args: ({ dir }) => ['-L', dir, ...sender],
    stdin: namedPost('post-1'),
    // The worker that it starts is another subject: process.
    who: '--no-worker',
    wants: { offered: ['post-1'] },
  },
  {
    name: 'receive -F',
    program: 'mlmmj-receive',
    args: ({ dir }) => ['-F', '-L', dir, ...sender],
    stdin: namedPost('post-1'),
    wants: { offered: ['post-1'] },
  },
  processing('process', arrived(namedPost('post-1')), { posts: ['post-1'] }),
  processing(
    'process without an archive',
    arrived(namedPost('post-1')),
    { posts: ['post-1'] },
    { control: { noarchive: '' } },
  ),
  processing(
    'refuse',
    arrived(namedPost('refused')),
    { hear: ['joe@example.org'] },
    { control: { subonlypost: '' } },
  ),
  processing(
    'hold',
    arrived(namedPost('held')),
    { hear: ['mod@example.org', 'mia@example.org', 'joe@example.org'], kept: [`moderation/${id}`] },
    {
      control: {
        ...{ moderated: '', notifymod: '', send: 'ann@example.org\n' },
        moderators: 'mod@example.org\nmia@example.org\n',
      },
    },
  ),
  processing('pass on to the owner', arrived(to('owner')), { hear: ['owner@example.org'] }),
  {
    name: 'send',
    setup: { files: { 'by-hand.eml': namedPost('post-1') } },
    program: 'mlmmj-send',
    args: (list) => ['-L', list.dir, '-m', list.path('by-hand.eml')],
    wants: { offered: ['post-1'] },
  },
  {
    name: 'send what waits, in groups',
    sink: { features: ['PIPELINING', '8BITMIME', 'XVERP'] },
    setup: { files: pending, control: { maxverprecips: '2\n' } },
    program: 'mlmmj-send',
    args: ({ dir }) => ['-L', dir, '--pending'],
    wants: { posts: ['post-1'] },
  },
  processing(
    'release',
    {
      ...arrived(to(`release-${cookie}`), 'mod@example.org'),
      [`moderation/${cookie}`]: namedPost('post-held'),
    },
    { posts: ['post-held'] },
    { control: { moderated: '', moderators: 'mod@example.org\n', send: 'ann@example.org\n' } },
  ),
  processing('ask to subscribe', arrived(to('subscribe')), { hear: ['joe@example.org'] }),
  processing(
    'confirm',
    { ...arrived(to(`confsub-${cookie}`)), [`subconf/${cookie}`]: 'joe@example.org' },
    {
      hear: ['joe@example.org'],
      members: { before: readers, after: [...readers, 'joe@example.org'] },
      membersAreSure: true,
    },
  ),
  processing(
    'confirm leaving',
    {
      ...arrived(to(`confunsub-${cookie}`, { from: 'ann@example.org' }), 'ann@example.org'),
      [`unsubconf/${cookie}`]: 'ann@example.org',
    },
    {
      hear: ['ann@example.org'],
      members: { before: readers, after: readers.slice(1) },
      membersAreSure: true,
    },
  ),
  {
    name: 'subscribe',
    program: 'mlmmj-sub',
    args: ({ dir }) => ['-L', dir, '-c', '-a', 'amy@example.org'],
    wants: { members: { before: readers, after: [...readers, 'amy@example.org'] } },
  },
  {
    name: 'unsubscribe',
    program: 'mlmmj-unsub',
    args: ({ dir }) => ['-L', dir, '-c', '-a', 'bob@example.net'],
    wants: {
      members: { before: readers, after: readers.filter((who) => !who.startsWith('bob')) },
    },
  },
  processing(
    'bounce',
    { ...pending, 'requeue/1/subscribers': '', ...arrived(report, '') },
    { kept: ['bounce/ann=example.org'] },
  ),
  {
    name: 'digest',
    program: 'mlmmj-maintd',
    args: ({ dir }) => ['-F', '-L', dir],
    setup: {
      digesters,
      control: { digestinterval: '0\n' },
      files: { index: '1', 'archive/1': namedPost('post-1') },
    },
    wants: { digested: ['post-1'] },
  },
  {
    name: 'maintd',
    program: 'mlmmj-maintd',
    args: ({ dir }) => ['-F', '-L', dir],
    setup: busy,
    wants: {
      posts: ['post-1', 'post-new', 'post-held'],
      digested: ['post-1', 'post-new', 'post-held'],
      hear: ['joe@example.org'],
      members: { before: [...readers, 'zoe@example.org'], after: readers },
      membersAreSure: true,
    },
  },
  { name: 'service', lmtp: ['post-1', 'post-2', 'post-3'], wants: {} },
  {
    // More than come in one by one: the journal of the list is opened.
    name: 'service-flood',
    lmtp: Array.from({ length: 18 }, (_, n) => `post-${n}.`),
    everyMs: 6,
    wants: {},
  },
]
