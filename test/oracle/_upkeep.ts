import type { ListSetup } from '../_list.ts'
import { post } from '../_mail.ts'
import type { Scenario } from './_scenario.ts'
import { ages, maintains, puts, relayUp, receives } from '../_stage.ts'

const week = 604_800
const mail = post({ sender: null })
/** No digest is due for a long time. */
const digested = { lastdigest: '7:4000000000:1\n' }

function queued(more: Readonly<Record<string, string>> = {}): ListSetup {
  return {
    files: {
      'queue/00000000000000aa': mail,
      'queue/00000000000000aa.mailfrom': 'talk+owner@example.org',
      'queue/00000000000000aa.reciptto': 'zoe@example.net',
      ...more,
    },
  }
}

/** The steps of a maintenance run that are not about bounces, digests or what is held. */
export const upkeep: Readonly<Record<string, Scenario>> = {
  'maintd of a list with nothing to do': { steps: [maintains(), maintains()], yields: {} },
  'queue/discarded after a week': {
    list: { files: { 'queue/discarded/00000000000000aa': mail } },
    steps: [ages('queue/discarded', week + 100), maintains()],
    yields: {},
  },
  'queue/discarded within a week': {
    list: { files: { 'queue/discarded/00000000000000aa': mail } },
    steps: [ages('queue/discarded', week - 100), maintains()],
    yields: { file: 'queue/discarded/ID' },
  },
  'everything in moderation/ after a week': {
    list: {
      files: {
        'moderation/00000000000000aa': mail,
        'moderation/00000000000000aa.omit': 'joe@example.org',
        'moderation/subscribe00000000000000bb': 'zoe@example.net\nSUB_DIGEST\n',
      },
    },
    steps: [ages('moderation', week + 100), maintains()],
    yields: {},
  },
  'a mail in queue/ without its envelope, after ten hours': {
    list: { files: { 'queue/00000000000000aa': mail } },
    steps: [ages('queue', 36_100), maintains()],
    yields: {},
  },
  'a mail in queue/ without its envelope, before': {
    list: { files: { 'queue/00000000000000aa': mail } },
    steps: [ages('queue', 35_900), maintains()],
    yields: { file: 'queue/ID' },
  },
  'an envelope in queue/ without its mail': {
    list: { files: { 'queue/00000000000000aa.mailfrom': 'a@example.org', 'queue/x.y': 'odd' } },
    steps: [maintains()],
    yields: {},
  },
  'a mail in queue/': { list: queued(), steps: [maintains(), maintains()], yields: { replies: 1 } },
  'a mail in queue/ with Reply-To:': {
    list: queued({ 'queue/00000000000000aa.reply-to': 'r@example.net' }),
    steps: [maintains(), maintains()],
    yields: { replies: 1 },
  },
  'a mail in queue/ from nobody': {
    list: queued({ 'queue/00000000000000aa.mailfrom': '\n' }),
    steps: [maintains(), maintains()],
    yields: { replies: 1 },
  },
  'a mail in queue/ with the relay down': {
    list: queued(),
    sink: 'down',
    steps: [maintains()],
    yields: { file: 'queue/ID.reciptto' },
  },
  'a mail in queue/ that is refused for now': {
    list: queued(),
    sink: { answer: ({ verb }) => (verb === 'RCPT' ? '450 4.2.1 later' : undefined) },
    steps: [maintains()],
    yields: { file: 'queue/ID.reciptto' },
  },
  'a mail in queue/ that is refused for good': {
    list: queued(),
    sink: { answer: ({ verb }) => (verb === 'RCPT' ? '550 5.1.1 nobody' : undefined) },
    steps: [maintains()],
    differs: ['a mail that is refused for good is given up'],
    yields: { file: 'queue/ID.reciptto' },
  },
  'a mail in queue/ after bouncelife': {
    list: { ...queued(), control: { bouncelife: '1000\n' } },
    sink: 'down',
    steps: [ages('queue', 1_100), maintains(), maintains()],
    yields: {},
  },
  'a post in requeue/': {
    list: {
      files: {
        index: '7',
        ...digested,
        'archive/7': mail,
        'requeue/7/subscribers': 'ann@example.org\nzoe@example.net\n',
      },
    },
    steps: [maintains()],
    yields: { posts: 2 },
  },
  'a post in requeue/ without archive': {
    list: {
      files: {
        index: '7',
        ...digested,
        'requeue/7/mailfile': mail,
        'requeue/7/subscribers': 'ann@example.org\n',
      },
    },
    steps: [maintains(), maintains()],
    yields: { posts: 1 },
  },
  'a mail in requeue/ that nobody waits for': {
    list: { files: { index: '7', ...digested, 'requeue/7/mailfile': mail } },
    steps: [maintains(), ages('requeue', 3_700), maintains()],
    yields: {},
  },
  'people in requeue/ whose mail is gone': {
    list: { files: { index: '7', ...digested, 'requeue/7/subscribers': 'ann@example.org\n' } },
    steps: [maintains()],
    yields: { file: 'requeue/7/subscribers' },
  },
  'a post with the relay down, and then up': {
    sink: 'down',
    steps: [receives(post()), maintains(), relayUp(), maintains()],
    yields: { posts: 3, file: 'archive/1' },
  },
  'a post that is refused again and again': {
    sink: { answer: ({ verb }) => (verb === 'DATA' ? '451 4.3.0 later' : undefined) },
    steps: [receives(post()), maintains(), maintains()],
    yields: { file: 'requeue/1/subscribers' },
  },
  'files that nobody knows': {
    list: { files: { notes: 'mine\n', 'archive/notes': 'mine\n', 'bounce/note': 'mine\n' } },
    steps: [maintains(), puts('notes', 'still mine\n')],
    yields: { file: 'archive/notes' },
  },
}
