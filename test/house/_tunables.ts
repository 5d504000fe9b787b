import type { TunableName } from '../../src/list/tunables.ts'
import type { ListSetup } from '../_list.ts'
import { post } from '../_mail.ts'
import { ages, maintains, puts, receives, runs, writes, type Step } from '../_stage.ts'
import type { View } from '../_view.ts'

/** What shows that a control file is obeyed. */
export interface Row {
  /** What is in the file. */
  readonly value: string
  /** Other control files, with and without this one. */
  readonly beside?: Readonly<Record<string, string>>
  readonly list?: Omit<ListSetup, 'control'>
  readonly steps: readonly Step[]
  /** Holds with the file, and does not hold without it. */
  readonly shows: (view: View) => boolean
}

const joe: readonly Step[] = [receives(post())]
const ann = { from: 'ann@example.org', sender: 'ann@example.org' }
const moderators = 'mod@example.net\nmia@example.org\n'
const archive = { files: { index: '3', ...archived(1), ...archived(2), ...archived(3) } }
const digest = { ...archive, digesters: ['dora@example.org'] }
const old: readonly Step[] = [puts('lastdigest', '1:{now-1000}:1\n'), maintains()]
const subscribes: readonly Step[] = [writes('subscribe')]

const helps: readonly Step[] = [writes('help'), writes('help')]
const bounces = receives(
  post({
    sender: '',
    from: 'MAILER-DAEMON@example.org',
    to: 'talk+bounces-1-ann=example.org@example.org',
  }),
)

/** What was counted is so much older. */
function forgetsSeconds(seconds: number): Step {
  return async ({ list }) => {
    const path = '.mlmmj-ts/lately-answers'
    const text = (await list.read(path)) ?? ''
    await list.write(
      path,
      text.replace(/^\d+/gm, (then) => String(Number(then) - seconds)),
    )
  }
}

function archived(number: number): Record<string, string> {
  return { [`archive/${number}`]: post({ sender: null, subject: `post ${number}` }) }
}

function posts(count: number): Row['shows'] {
  return (view) => view.posts.length === count
}

function replies(count: number): Row['shows'] {
  return (view) => view.replies.length === count
}

function mailHas(text: string): Row['shows'] {
  return (view) => [...view.posts, ...view.replies].some(({ mail }) => mail.includes(text))
}

function has(path: string): Row['shows'] {
  return (view) => path in view.files
}

function not(shows: Row['shows']): Row['shows'] {
  return (view) => !shows(view)
}

/** A post that is refused, and the file that leaves out the reply. */
function silence(beside: Readonly<Record<string, string>>, mail = post()): Row {
  return { value: '', beside, steps: [receives(mail)], shows: replies(0) }
}

/** A row for each control file. */
export const rows: Readonly<Record<TunableName, Row>> = {
  listaddress: {
    value: 'talk@example.org\ngossip@example.net\n',
    steps: [receives(post({ to: 'gossip@example.net' }))],
    shows: posts(3),
  },
  delimiter: {
    value: '--\n',
    steps: joe,
    shows: (view) => view.posts.every(({ from }) => from.startsWith('talk--bounces-1-')),
  },
  owner: {
    value: 'second@example.net\n',
    steps: [writes('owner')],
    shows: (view) => view.replies.every(({ to }) => to.join() === 'second@example.net'),
  },
  moderators: { value: moderators, beside: { moderated: '' }, steps: joe, shows: replies(2) },

  // Nobody listens there.
  relayhost: { value: '127.0.0.2\n', steps: joe, shows: has('requeue/1/subscribers') },
  smtpport: { value: '1\n', steps: joe, shows: has('requeue/1/subscribers') },
  smtphelo: {
    value: 'helo.example.net\n',
    steps: joe,
    shows: (view) => view.posts.every(({ helo }) => helo === 'helo.example.net'),
  },
  verp: {
    value: 'postfix\n',
    steps: joe,
    shows: (view) => view.posts.length === 1 && view.posts[0]?.parameters === 'XVERP=-=',
  },
  maxverprecips: { value: '2\n', beside: { verp: '' }, steps: joe, shows: posts(2) },
  bouncecheck: {
    value: '',
    steps: joe,
    shows: (view) =>
      view.posts.every(({ from }) => /^talk\+bounces-1\.[0-9a-f]{10}-\w+=/.test(from)),
  },
  staticbounceaddr: {
    value: 'bo@example.net\n',
    steps: joe,
    shows: (view) => view.posts.every(({ from }) => from.startsWith('bo+talk-bounces-1-')),
  },
  addtohdr: { value: '', steps: joe, shows: mailHas('\r\nTo: ann@example.org\r\n') },

  prefix: { value: '[t]\n', steps: joe, shows: mailHas('Subject: [t] a question') },
  customheaders: { value: 'X-One: 1\n', steps: joe, shows: mailHas('\r\nX-One: 1\r\n') },
  delheaders: { value: 'Date:\n', steps: joe, shows: not(mailHas('\r\nDate:')) },
  footer: { value: '-- \nbye\n', steps: joe, shows: mailHas('\r\nbye\r\n') },
  replyto: { value: '', steps: joe, shows: mailHas('\r\nReply-To: Joe <joe@example.org>\r\n') },
  noarchive: { value: '', steps: joe, shows: not(has('archive/1')) },

  trustoriginalfrom: {
    value: '',
    beside: { subonlypost: '' },
    steps: [receives(post({ more: ['X-Original-From: ann@example.org'] }))],
    shows: posts(3),
  },
  takeautoreplies: {
    value: '',
    steps: [receives(post({ more: ['Auto-Submitted: auto-replied'] }))],
    shows: posts(3),
  },
  repeatlimit: { value: '1\n', steps: [...joe, ...joe], shows: posts(3) },
  tocc: { value: '', steps: [receives(post({ to: 'else@example.net' }))], shows: posts(3) },
  access: { value: 'discard\n', steps: joe, shows: has('queue/discarded/ID') },
  send: { value: 'joe@example.org\n', beside: { subonlypost: '' }, steps: joe, shows: posts(3) },
  subonlypost: { value: '', steps: joe, shows: mailHas('deny-post-subonlypost') },
  modonlypost: {
    value: '',
    beside: { moderators },
    steps: joe,
    shows: mailHas('deny-post-modonlypost'),
  },
  modnonsubposts: { value: '', beside: { moderators }, steps: joe, shows: has('moderation/ID') },
  moderated: { value: '', beside: { moderators }, steps: joe, shows: has('moderation/ID') },
  maxmailsize: { value: '20\n', steps: joe, shows: mailHas('deny-post-maxmailsize') },
  notmetoo: { value: '', steps: [receives(post(ann))], shows: posts(2) },

  notoccdenymails: silence({}, post({ to: 'else@example.net' })),
  noaccessdenymails: silence({ access: 'deny\n' }),
  nosubonlydenymails: silence({ subonlypost: '' }),
  nomodonlydenymails: silence({ modonlypost: '', moderators }),
  nomaxmailsizedenymails: silence({ maxmailsize: '20\n' }),
  nosubmodmails: {
    value: '',
    beside: { submod: moderators, nosubconfirm: '' },
    steps: subscribes,
    shows: not(mailHas('wait-sub-request-normal')),
  },

  answerlimit: { value: '1\n', steps: helps, shows: replies(1) },
  confirmlimit: { value: '1\n', steps: [...subscribes, ...subscribes], shows: replies(1) },
  sourcelimit: { value: '1\n', steps: helps, shows: replies(1) },
  bouncelimit: {
    value: '1\n',
    steps: [bounces, bounces],
    shows: (view) => view.files['bounce/ann=example.org'] === '1:TIME # DATE\n',
  },
  limitwindow: {
    value: '60\n',
    beside: { answerlimit: '1\n' },
    // As if the first of them had been written more than a minute ago.
    steps: [...subscribes, forgetsSeconds(100), ...subscribes],
    shows: replies(2),
  },

  modreqlife: {
    value: '100\n',
    beside: { moderated: '', moderators },
    steps: [...joe, ages('moderation', 110), maintains()],
    shows: not(has('moderation/ID')),
  },
  notifymod: {
    value: '',
    beside: { moderated: '', moderators },
    steps: joe,
    shows: mailHas('wait-post-moderated'),
  },
  ifmodsendonlymodmoderate: {
    value: '',
    beside: { moderated: '', moderators },
    steps: [receives(post({ sender: 'mia@example.org' }))],
    shows: replies(1),
  },
  submod: {
    value: moderators,
    beside: { nosubconfirm: '' },
    steps: subscribes,
    shows: has('moderation/subscribeID'),
  },

  closedlist: { value: '', steps: [writes('unsubscribe', ann)], shows: replies(0) },
  closedlistsub: { value: '', steps: subscribes, shows: replies(0) },
  nosubconfirm: { value: '', steps: subscribes, shows: has('subscribers.d/j') },
  nodigestsub: {
    value: '',
    steps: [writes('subscribe-digest')],
    shows: mailHas('deny-sub-disabled-digest'),
  },
  nonomailsub: {
    value: '',
    steps: [writes('subscribe-nomail')],
    shows: mailHas('deny-sub-disabled-nomail'),
  },
  nomailsub: {
    value: '',
    steps: [writes('subscribe-nomail')],
    shows: mailHas('deny-sub-disabled-nomail'),
  },
  notifysub: {
    value: '',
    steps: [runs('sub', '-a', 'zoe@example.net')],
    shows: mailHas('notify-sub-admin-normal'),
  },

  noget: { value: '', list: archive, steps: [writes('get-1')], shows: posts(0) },
  subonlyget: { value: '', list: archive, steps: [writes('get-1')], shows: posts(0) },
  nolistsubsemail: {
    value: '',
    steps: [writes('list', { from: 'owner@example.org' })],
    shows: replies(0),
  },
  digestinterval: { value: '900\n', list: digest, steps: old, shows: replies(1) },
  digestmaxmails: { value: '2\n', list: digest, steps: old, shows: replies(1) },
  digestmaxmail: { value: '2\n', list: digest, steps: old, shows: replies(1) },
  nodigesttext: {
    value: '',
    list: digest,
    steps: [maintains()],
    shows: (view) => view.replies.length === 1 && !mailHas('Content-Type: text/plain')(view),
  },
  bouncelife: {
    value: '100\n',
    list: { files: {} },
    steps: [
      puts('bounce/ann=example.org', '1:{now-50000} # Tue Nov 14 22:13:20 2023\n'),
      maintains(),
    ],
    shows: not(has('subscribers.d/a')),
  },
}
