import type { ListSetup } from '../_list.ts'
import { mail, post } from '../_mail.ts'
import type { Scenario } from './_scenario.ts'
import { receives } from '../_stage.ts'

type PostScenario = Omit<Scenario, 'steps'> & {
  readonly mail: string
  readonly env?: Readonly<Record<string, string>>
}

function control(files: Readonly<Record<string, string>>): ListSetup {
  return { control: files }
}

const moderators = 'mod@example.net\nmia@example.org\n'
const three = { posts: 3, file: 'archive/1' }

const played: Readonly<Record<string, PostScenario>> = {
  'a plain post': { mail: post(), yields: three },
  'a body that ends without a line end': {
    mail: post({ body: 'hello\nthe end' }),
    differs: ['the last line has no line end'],
    yields: three,
  },
  'an empty body': { mail: post({ body: '' }), yields: three },
  'bytes above 127': {
    mail: post({ body: 'gr\xc3\xbc\xc3\x9fe \xff\n' }),
    differs: ['BODY=8BITMIME'],
    yields: three,
  },
  'lines with dots': { mail: post({ body: '.\n..\n.a\n\n.\n' }), yields: three },
  'a first line with a dot': {
    mail: `.X: 1\n${post()}`,
    differs: ['a dot in the first column of line one'],
    yields: three,
  },
  'CRLF line ends': {
    mail: post({ body: 'one\ntwo\n' }).replaceAll('\n', '\r\n'),
    differs: ['CR CR LF'],
    yields: three,
  },

  prefix: { mail: post(), list: control({ prefix: '[talk]\n' }), yields: three },
  'prefix that is there': {
    mail: post({ subject: 'Re: [talk] a question' }),
    list: control({ prefix: '[talk]\n' }),
    yields: three,
  },
  'prefix that is there in an encoded word': {
    mail: post({ subject: '=?utf-8?q?=5Btalk=5D_Gr=C3=BC=C3=9Fe?=' }),
    list: control({ prefix: '[talk]\n' }),
    yields: three,
  },
  'prefix without a subject': {
    mail: post({ subject: null }),
    list: control({ prefix: '[talk]\n' }),
    yields: three,
  },
  'prefix before a folded subject': {
    mail: post({ subject: 'one\n two\n\tthree' }),
    list: control({ prefix: '[talk]\n' }),
    yields: three,
  },
  footer: { mail: post(), list: control({ footer: '-- \nto leave: write\n' }), yields: three },
  'customheaders before MIME-Version': {
    mail: post({ more: ['MIME-Version: 1.0', 'Content-Type: text/plain'] }),
    list: control({ customheaders: 'List-Id: <talk.example.org>\nX-One: 1\n' }),
    yields: three,
  },
  'customheaders at the end': {
    mail: post(),
    list: control({ customheaders: 'List-Id: <talk.example.org>\n' }),
    yields: three,
  },
  delheaders: {
    mail: post({ more: ['X-Del: 1', 'X-Delete-Me: 2\n folded', 'Y-Del: 3', 'x-del: 4'] }),
    list: control({ delheaders: 'X-Del\nReceived:\n' }),
    yields: three,
  },
  'all of the header pass together': {
    mail: mail(
      [
        'Return-Path: <joe@example.org>',
        'Received: from a\n\tby b',
        'From: Joe <joe@example.org>',
        'To: talk@example.org',
        'Subject: one\n two',
        'MIME-Version: 1.0',
      ],
      'hello\n',
    ),
    list: control({
      prefix: '[L]',
      customheaders: 'X-A: 1\n',
      footer: 'f\n',
      delheaders: 'Received:\n',
    }),
    yields: three,
  },
  addtohdr: { mail: post(), list: control({ addtohdr: '' }), yields: three },

  'a list that is not named in To:': {
    mail: post({ to: 'else@example.net' }),
    yields: { posts: 0, replies: 1 },
  },
  'a list that is named in Cc:': {
    mail: post({ to: 'else@example.net', more: ['Cc: Talk <TALK@example.org>'] }),
    yields: three,
  },
  tocc: { mail: post({ to: 'else@example.net' }), list: control({ tocc: '' }), yields: three },
  notoccdenymails: {
    mail: post({ to: 'else@example.net' }),
    list: control({ notoccdenymails: '' }),
    yields: { posts: 0, replies: 0 },
  },
  'several lines of listaddress': {
    mail: post({ to: 'gossip@example.net' }),
    list: control({ listaddress: 'talk@example.org\ngossip@example.net\n' }),
    yields: three,
  },
  'a delimiter of two letters': {
    mail: post(),
    list: control({ delimiter: '--\n' }),
    yields: three,
  },

  'access that allows': {
    mail: post(),
    list: control({ access: 'deny ^X-Spam:\nallow ^From:.*joe@\n' }),
    yields: three,
  },
  'access that denies': {
    mail: post({ more: ['X-Spam: yes'] }),
    list: control({ access: 'deny ^X-Spam:\nallow\n' }),
    yields: { posts: 0, replies: 1 },
  },
  'access with no rule that fits': {
    mail: post(),
    list: control({ access: 'allow ^X-Ham:\n', noaccessdenymails: '' }),
    yields: { posts: 0, replies: 0 },
  },
  'access with a negation': {
    mail: post(),
    list: control({ access: 'deny !^Content-Type: text/plain\nallow\n' }),
    yields: { posts: 0, replies: 1 },
  },
  'access that discards': {
    mail: post(),
    list: control({ access: 'discard ^subject: a Q\n' }),
    yields: { posts: 0, file: 'queue/discarded/ID' },
  },
  'access that moderates': {
    mail: post(),
    list: control({ access: 'moderate\n', moderators }),
    yields: { posts: 0, replies: 2, file: 'moderation/ID' },
  },
  'access that sends around other rules': {
    mail: post(),
    list: control({ access: 'send ^From:\n', subonlypost: '', moderated: '', moderators }),
    yields: three,
  },

  'subonlypost and a stranger': {
    mail: post(),
    list: control({ subonlypost: '' }),
    yields: { posts: 0, replies: 1 },
  },
  'subonlypost and a member in other letters': {
    mail: post({ from: 'ANN@example.org' }),
    list: control({ subonlypost: '' }),
    yields: three,
  },
  'subonlypost and a member without mail': {
    mail: post(),
    list: { nomail: ['joe@example.org'], ...control({ subonlypost: '' }) },
    yields: three,
  },
  nosubonlydenymails: {
    mail: post(),
    list: control({ subonlypost: '', nosubonlydenymails: '' }),
    yields: { posts: 0, replies: 0 },
  },
  'modonlypost and a stranger': {
    mail: post(),
    list: control({ modonlypost: '', moderators }),
    yields: { posts: 0, replies: 1 },
  },
  'modonlypost and a moderator': {
    mail: post({ from: 'mod@example.net' }),
    list: control({ modonlypost: '', moderators }),
    yields: three,
  },
  nomodonlydenymails: {
    mail: post(),
    list: control({ modonlypost: '', moderators, nomodonlydenymails: '' }),
    yields: { posts: 0, replies: 0 },
  },
  'modnonsubposts and a stranger': {
    mail: post(),
    list: control({ modnonsubposts: '', moderators }),
    yields: { posts: 0, replies: 2, file: 'moderation/ID' },
  },
  'modnonsubposts and a member': {
    mail: post({ from: 'ann@example.org' }),
    list: control({ modnonsubposts: '', moderators }),
    yields: three,
  },
  'modnonsubposts with modonlypost': {
    mail: post(),
    list: control({ modnonsubposts: '', modonlypost: '', moderators }),
    yields: { posts: 0, replies: 2, file: 'moderation/ID' },
  },
  'moderated, with a note to the poster': {
    mail: post(),
    list: control({ moderated: '', notifymod: '', moderators, prefix: '[talk] ' }),
    yields: { posts: 0, replies: 3, file: 'moderation/ID' },
  },
  ifmodsendonlymodmoderate: {
    mail: post({ sender: 'mod@example.net' }),
    list: control({ moderated: '', notifymod: '', moderators, ifmodsendonlymodmoderate: '' }),
    yields: { posts: 0, replies: 1, file: 'moderation/ID' },
  },
  'moderated and notmetoo': {
    mail: post({ from: 'Ann@example.org' }),
    list: control({ moderated: '', notmetoo: '', moderators }),
    yields: { posts: 0, replies: 2, file: 'moderation/ID.omit' },
  },
  'a post from the list itself': {
    mail: post({ from: 'talk@example.org' }),
    list: control({ subonlypost: '' }),
    yields: { posts: 0, replies: 0 },
  },

  'maxmailsize, too big': {
    mail: post({ body: 'x'.repeat(70).concat('\n').repeat(30) }),
    list: control({ maxmailsize: '2000\n' }),
    yields: { posts: 0, replies: 1 },
  },
  'maxmailsize, small enough': {
    mail: post(),
    list: control({ maxmailsize: '2000 # bytes\n' }),
    yields: three,
  },
  nomaxmailsizedenymails: {
    mail: post(),
    list: control({ maxmailsize: '100\n', nomaxmailsizedenymails: '' }),
    yields: { posts: 0, replies: 0 },
  },

  notmetoo: {
    mail: post({ from: 'ann@example.org' }),
    list: control({ notmetoo: '' }),
    yields: { posts: 2 },
  },
  'notmetoo in other letters': {
    mail: post({ from: 'ann@example.org' }),
    list: { subscribers: ['Ann@example.org', 'bob@example.net'], ...control({ notmetoo: '' }) },
    differs: ['the poster, written in other letters'],
    yields: { posts: 2 },
  },
  noarchive: { mail: post(), list: control({ noarchive: '' }), yields: { posts: 3 } },
  'an index that counts': {
    mail: post(),
    list: { files: { index: '99\n' } },
    yields: { posts: 3, file: 'archive/100' },
  },

  'a relay that offers XVERP': {
    mail: post(),
    sink: { features: ['8BITMIME', 'XVERP'] },
    differs: ['one mail for all by itself'],
    yields: { posts: 1 },
  },
  'verp by the relay': { mail: post(), list: control({ verp: 'postfix\n' }), yields: { posts: 1 } },
  'verp with an empty file': { mail: post(), list: control({ verp: '' }), yields: { posts: 1 } },
  'verp with a parameter of its own': {
    mail: post(),
    list: control({ verp: ' X-GROUP=1\n' }),
    yields: { posts: 1 },
  },
  'verp that the relay refuses': {
    mail: post(),
    list: control({ verp: 'postfix\n' }),
    sink: {
      features: ['8BITMIME'],
      answer: ({ verb, argument }) =>
        verb === 'MAIL' && argument.includes('XVERP') ? '555 5.5.4 no XVERP here' : undefined,
    },
    yields: { posts: 3 },
  },
  'verp with addtohdr': {
    mail: post(),
    list: control({ verp: 'postfix\n', addtohdr: '' }),
    yields: { posts: 3 },
  },
  staticbounceaddr: {
    mail: post(),
    list: control({ staticbounceaddr: 'bo@bounces.example.net\n' }),
    yields: three,
  },
  'a delimiter in the envelope': {
    mail: post(),
    list: control({ delimiter: '-\n' }),
    yields: three,
  },

  'no envelope sender': {
    mail: post({ sender: '' }),
    yields: { posts: 0, file: 'queue/discarded/ID' },
  },
  'no Return-Path at all': {
    mail: post({ sender: null }),
    yields: { posts: 0, file: 'queue/discarded/ID' },
  },
  'an envelope sender in the environment': {
    mail: post({ sender: null }),
    env: { SENDER: 'joe@example.org' },
    yields: three,
  },
  'two addresses in From:': {
    mail: post({ from: 'joe@example.org, ann@example.org' }),
    yields: { posts: 0, file: 'queue/discarded/ID' },
  },
  'a quoted comma in From:': {
    mail: post({ from: '"Doe, Joe" <joe@example.org>' }),
    yields: three,
  },

  'subscribers with CRLF': {
    mail: post(),
    list: {
      subscribers: [],
      files: { 'subscribers.d/a': 'ann@example.org\r\nabe@example.org\r\n' },
    },
    differs: ['CR behind subscribers'],
    yields: { posts: 2 },
  },
  'a last subscriber without a line end, and an empty line': {
    mail: post(),
    list: { subscribers: [], files: { 'subscribers.d/a': 'ann@example.org\n\nabe@example.org' } },
    yields: { posts: 2 },
  },
  'a line that is no address': {
    mail: post(),
    list: { subscribers: [], files: { 'subscribers.d/a': 'nobody\nann@example.org\n' } },
    yields: { posts: 1 },
  },
  'no subscribers': {
    mail: post(),
    list: { subscribers: [] },
    yields: { posts: 0, file: 'archive/1' },
  },

  'a recipient refused for good': {
    mail: post(),
    sink: {
      answer: ({ verb, argument }) =>
        verb === 'RCPT' && argument.includes('bob@') ? '550 5.1.1 no bob here' : undefined,
    },
    yields: { posts: 2, file: 'bounce/bob=example.net' },
  },
  'a recipient refused for now': {
    mail: post(),
    sink: {
      answer: ({ verb, argument }) =>
        verb === 'RCPT' && argument.includes('bob@') ? '450 4.2.1 later' : undefined,
    },
    differs: ['450 is no bounce'],
    yields: { posts: 2 },
  },
  'a relay that refuses every sender for now': {
    mail: post(),
    sink: { answer: ({ verb }) => (verb === 'MAIL' ? '451 4.3.0 later' : undefined) },
    yields: { posts: 0, file: 'requeue/1/subscribers' },
  },
  'a relay that is down': {
    mail: post(),
    sink: 'down',
    yields: { posts: 0, file: 'requeue/1/subscribers' },
  },
  'a relay that is down, and no archive': {
    mail: post(),
    list: control({ noarchive: '' }),
    sink: 'down',
    yields: { posts: 0, file: 'requeue/1/mailfile' },
  },
}

/** One post comes in, for which list. */
export const posts: Readonly<Record<string, Scenario>> = Object.fromEntries(
  Object.entries(played).map(([title, { mail: text, env, ...scenario }]) => [
    title,
    { ...scenario, steps: [receives(text, env)] },
  ]),
)
