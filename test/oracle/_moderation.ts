import type { ListSetup } from '../_list.ts'
import { post } from '../_mail.ts'
import type { Scenario } from './_scenario.ts'
import { ages, maintains, puts, receives, relayDown, writes, type Step } from '../_stage.ts'

const moderators = 'mod@example.net\nmia@example.org\n'
const mod = { from: 'mod@example.net' }

function moderated(files: Readonly<Record<string, string>> = {}): ListSetup {
  return { control: { moderated: '', moderators, ...files } }
}

const held: Step = receives(post({ from: 'ann@example.org' }))
const heldBefore: ListSetup = {
  ...moderated(),
  files: { 'moderation/00000000000000aa': post({ sender: null }) },
}

/** What becomes of posts that are held. */
export const moderation: Readonly<Record<string, Scenario>> = {
  '+release': {
    list: moderated({ prefix: '[t] ', footer: 'f\n' }),
    steps: [held, writes('release-{held}', mod)],
    yields: { replies: 2, posts: 3, file: 'archive/1' },
  },
  '+moderate': {
    list: moderated(),
    steps: [held, writes('moderate-{held}', mod)],
    yields: { replies: 2, posts: 3, file: 'archive/1' },
  },
  '+release by anybody who has the cookie': {
    list: heldBefore,
    steps: [writes('release-00000000000000aa')],
    yields: { posts: 3, file: 'archive/1' },
  },
  '+release twice': {
    list: heldBefore,
    steps: [writes('release-00000000000000aa', mod), writes('release-00000000000000aa')],
    differs: ['what is ignored is kept'],
    yields: { posts: 3, file: 'archive/1' },
  },
  '+release after +reject': {
    list: heldBefore,
    steps: [writes('reject-00000000000000aa', mod), writes('release-00000000000000aa')],
    differs: ['what is ignored is kept'],
    yields: {},
  },
  '+release of an unknown cookie': {
    list: moderated(),
    steps: [writes('release-0123456789abcdef', mod)],
    differs: ['what is ignored is kept'],
    yields: {},
  },
  '+release leaves out the poster': {
    list: moderated({ notmetoo: '' }),
    steps: [held, writes('release-{held}', mod)],
    yields: { replies: 2, posts: 2, file: 'archive/1' },
  },
  '+release asks no rule again': {
    list: moderated(),
    steps: [
      held,
      puts('control/maxmailsize', '10\n'),
      puts('control/access', 'deny\n'),
      writes('release-{held}', mod),
    ],
    yields: { replies: 2, posts: 3 },
  },
  '+release without archive': {
    list: moderated({ noarchive: '' }),
    steps: [held, writes('release-{held}', mod)],
    yields: { replies: 2, posts: 3 },
  },
  '+release with the relay down': {
    list: moderated(),
    steps: [held, relayDown(), writes('release-{held}', mod)],
    yields: { replies: 2, file: 'requeue/1/subscribers' },
  },
  '+release of a closed list': {
    list: { ...heldBefore, control: { ...heldBefore.control, closedlist: '' } },
    steps: [writes('release-00000000000000aa')],
    yields: { posts: 3 },
  },
  '+reject': {
    list: moderated(),
    steps: [held, writes('reject-{held}', mod)],
    yields: { replies: 2 },
  },
  '+reject of a post whose poster gets none': {
    list: moderated({ notmetoo: '' }),
    steps: [held, writes('reject-{held}', mod)],
    differs: ['a rejected post leaves nothing'],
    yields: { replies: 2 },
  },
  'a post that waits too long': {
    list: moderated({ modreqlife: '100\n', notmetoo: '' }),
    steps: [held, ages('moderation', 110), maintains()],
    yields: { replies: 2 },
  },
  'a post that may wait longer': {
    list: moderated(),
    steps: [held, ages('moderation', 604_700), maintains()],
    yields: { replies: 2, file: 'moderation/ID' },
  },
  'a post with moderators and the relay down': {
    list: moderated(),
    sink: 'down',
    steps: [held],
    differs: ['mail to owners, moderators and gatekeepers waits in the queue'],
    yields: { file: 'moderation/ID' },
  },
}
