import type { ListSetup } from '../_list.ts'
import type { Scenario } from './_scenario.ts'
import { ages, maintains, puts, relayUp, runs, writes, type Step } from '../_stage.ts'

function control(files: Readonly<Record<string, string>>): ListSetup {
  return { control: files }
}

const ann = { from: 'Ann <Ann@example.org>', sender: 'Ann@example.org' }
const ignored = { posts: 0, replies: 0 }
const answered = { replies: 1 }
const gatekeepers = 'g1@example.net\ng2@example.net\n'

const joins: Step[] = [writes('subscribe'), writes('confsub-{subconf}')]
const leaves: Step[] = [writes('unsubscribe', ann), writes('confunsub-{unsubconf}', ann)]

/** Joining and leaving by mail. */
export const subscriptions: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(
    ['', '-digest', '-nomail', '-both'].flatMap((reading): [string, Scenario][] => [
      [
        `+subscribe${reading}`,
        { steps: [writes(`subscribe${reading}`)], yields: { replies: 1, file: 'subconf/ID' } },
      ],
      [
        `+subscribe${reading} and its confirmation`,
        {
          list: control({ notifysub: '' }),
          steps: [
            writes(`subscribe${reading}`),
            writes(`confsub${reading}-{subconf}`),
            runs('list'),
          ],
          yields: { replies: 3 },
        },
      ],
      [
        `+subscribe${reading} without confirmation`,
        {
          list: control({ nosubconfirm: '', notifysub: '' }),
          steps: [writes(`subscribe${reading}`)],
          yields: { replies: 2 },
        },
      ],
      [
        `+subscribe${reading} by a member`,
        {
          list: control({ notifysub: '' }),
          steps: [writes(`subscribe${reading}`, ann)],
          yields: answered,
        },
      ],
      [
        `+subscribe${reading} by a reader of digests`,
        {
          list: { subscribers: [], digesters: ['ann@example.org'] },
          steps: [writes(`subscribe${reading}`, ann)],
          yields: answered,
        },
      ],
      [
        `+subscribe${reading} by a member without mail`,
        {
          list: { subscribers: [], nomail: ['ann@example.org'] },
          steps: [writes(`subscribe${reading}`, ann)],
          yields: answered,
        },
      ],
      [
        `+subscribe${reading} by somebody who has both`,
        {
          list: { subscribers: ['ann@example.org'], digesters: ['ann@example.org'] },
          steps: [writes(`subscribe${reading}`, ann)],
          yields: answered,
        },
      ],
    ]),
  ),
  '+subscribe of a closed list': {
    list: control({ closedlist: '' }),
    steps: [writes('subscribe')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  closedlistsub: {
    list: control({ closedlistsub: '' }),
    steps: [writes('subscribe'), ...leaves],
    differs: ['what is ignored is kept'],
    yields: { replies: 2 },
  },
  'confirmations while a list is closed': {
    steps: [writes('subscribe'), puts('control/closedlist', ''), writes('confsub-{subconf}')],
    yields: { replies: 2 },
  },
  'nodigestsub and +subscribe-digest': {
    list: control({ nodigestsub: '' }),
    steps: [writes('subscribe-digest')],
    yields: answered,
  },
  'nodigestsub and +subscribe-both': {
    list: control({ nodigestsub: '' }),
    steps: [writes('subscribe-both')],
    yields: answered,
  },
  'nodigestsub and a confirmation that was bent to digests': {
    list: control({ nodigestsub: '' }),
    steps: [writes('subscribe'), writes('confsub-digest-{subconf}')],
    differs: ['a confirmation is judged as the request was'],
    yields: { replies: 2 },
  },
  nonomailsub: {
    list: control({ nonomailsub: '' }),
    steps: [writes('subscribe-nomail')],
    yields: answered,
  },
  '+subscribe by the list itself': {
    steps: [writes('subscribe', { from: 'Talk@example.org' })],
    differs: ['what is ignored is kept', 'an ignored request is not logged as one'],
    yields: ignored,
  },
  '+subscribe by an address that begins like the list': {
    list: { address: 'talk@example.org' },
    steps: [writes('subscribe', { from: 'talk@example.org.example.net' })],
    differs: ['only the list itself cannot join'],
    yields: ignored,
  },
  '+subscribe from somebody without a domain': {
    steps: [writes('subscribe', { from: 'joe' })],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+confsub by somebody else': {
    steps: [writes('subscribe'), writes('confsub-{subconf}', ann)],
    yields: { replies: 2 },
  },
  '+confsub of an unknown cookie': {
    steps: [writes('confsub-0123456789abcdef')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+confsub twice': {
    list: { files: { 'subconf/00000000000000aa': 'zoe@example.net' } },
    steps: [writes('confsub-00000000000000aa'), writes('confsub-00000000000000aa')],
    differs: ['what is ignored is kept'],
    yields: answered,
  },
  '+confsub with an old cookie of 1.3': {
    list: { files: { 'subconf/00000000000000aa-zoe=example.net': 'zoe@example.net' } },
    steps: [writes('confsub-nomail-00000000000000aa-zoe=example.net')],
    yields: answered,
  },
  '+confsub of somebody who joined meanwhile': {
    list: { files: { 'subconf/00000000000000aa': 'ann@example.org' } },
    steps: [writes('confsub-00000000000000aa')],
    yields: answered,
  },
  'a question that expires': {
    steps: [writes('subscribe'), ages('subconf', 604_900), maintains()],
    yields: answered,
  },
  'a question that does not expire yet': {
    steps: [writes('subscribe'), ages('subconf', 604_700), maintains()],
    yields: { replies: 1, file: 'subconf/ID' },
  },
  'a question that bounces': {
    steps: [writes('subscribe'), writes('bounces-confsub-{subconf}', { sender: '' })],
    yields: answered,
  },
  'a question with the relay down': {
    sink: 'down',
    steps: [writes('subscribe')],
    yields: { file: 'queue/ID.mailfrom' },
  },
  'a question with the relay down, delivered later': {
    sink: 'down',
    steps: [writes('subscribe'), relayUp(), maintains(), maintains()],
    yields: { replies: 1, file: 'subconf/ID' },
  },

  '+unsubscribe': {
    steps: [writes('unsubscribe', ann)],
    yields: { replies: 1, file: 'unsubconf/ID' },
  },
  '+unsubscribe and its confirmation': {
    list: control({ notifysub: '' }),
    steps: leaves,
    yields: { replies: 3 },
  },
  '+unsubscribe-digest means everything': {
    list: { digesters: ['ann@example.org'], nomail: ['ann@example.org'] },
    steps: [writes('unsubscribe-digest', ann), writes('confunsub-{unsubconf}', ann)],
    yields: { replies: 2 },
  },
  '+unsubscribe-nomail means everything': {
    steps: [writes('unsubscribe-nomail', ann), writes('confunsub-{unsubconf}', ann)],
    yields: { replies: 2 },
  },
  '+confunsub-digest': {
    list: { digesters: ['ann@example.org'] },
    steps: [writes('unsubscribe', ann), writes('confunsub-digest-{unsubconf}', ann)],
    yields: { replies: 2 },
  },
  '+confunsub-nomail of somebody who is not that': {
    steps: [writes('unsubscribe', ann), writes('confunsub-nomail-{unsubconf}', ann)],
    yields: { replies: 2 },
  },
  '+unsubscribe without confirmation': {
    list: control({ nosubconfirm: '', notifysub: '' }),
    steps: [writes('unsubscribe', ann)],
    yields: { replies: 2 },
  },
  '+unsubscribe by a stranger': { steps: [writes('unsubscribe')], yields: answered },
  '+unsubscribe in the name of a stranger': {
    steps: [writes('unsubscribe', { sender: 'else@example.net' })],
    differs: ['no backscatter about leaving'],
    yields: answered,
  },
  '+unsubscribe of a closed list': {
    list: control({ closedlist: '' }),
    steps: [writes('unsubscribe', ann)],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+confunsub of an unknown cookie': {
    steps: [writes('confunsub-0123456789abcdef')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  'a question about leaving that bounces': {
    steps: [writes('unsubscribe', ann), writes('bounces-confunsub-{unsubconf}', { sender: '' })],
    yields: answered,
  },
  'a question about leaving that expires': {
    steps: [writes('unsubscribe', ann), ages('unsubconf', 604_900), maintains()],
    yields: answered,
  },

  'submod holds after the confirmation': {
    list: control({ submod: gatekeepers }),
    steps: joins,
    yields: { replies: 4, file: 'moderation/subscribeID' },
  },
  'submod holds without confirmation': {
    list: control({ submod: gatekeepers, nosubconfirm: '' }),
    steps: [writes('subscribe-both')],
    yields: { replies: 3, file: 'moderation/subscribeID' },
  },
  'submod without addresses asks the owners': {
    list: control({ submod: '', nosubmodmails: '' }),
    steps: joins,
    yields: { replies: 2, file: 'moderation/subscribeID' },
  },
  'submod does not hold members who change': {
    list: control({ submod: gatekeepers }),
    steps: [writes('subscribe-digest', ann)],
    yields: answered,
  },
  '+permit': {
    list: control({ submod: gatekeepers, nosubconfirm: '', notifysub: '' }),
    steps: [writes('subscribe-digest'), writes('permit-{asked}', { from: 'g1@example.net' })],
    yields: { replies: 5 },
  },
  '+release as an old name of +permit': {
    list: control({ submod: gatekeepers, nosubconfirm: '', nosubmodmails: '' }),
    steps: [writes('subscribe'), writes('release-subscribe{asked}', { from: 'g1@example.net' })],
    yields: { replies: 3 },
  },
  '+moderate as an older name of +permit': {
    list: control({ submod: gatekeepers, nosubconfirm: '', nosubmodmails: '' }),
    steps: [writes('subscribe'), writes('moderate-subscribe{asked}', { from: 'g1@example.net' })],
    yields: { replies: 3 },
  },
  '+obstruct': {
    list: control({ submod: gatekeepers, nosubconfirm: '' }),
    steps: [writes('subscribe'), writes('obstruct-{asked}', { from: 'g1@example.net' })],
    yields: { replies: 3 },
  },
  '+reject as another name of +obstruct': {
    list: control({ submod: gatekeepers, nosubconfirm: '' }),
    steps: [writes('subscribe'), writes('reject-subscribe{asked}', { from: 'g1@example.net' })],
    differs: ['+reject of a subscription is logged as +obstruct'],
    yields: { replies: 3 },
  },
  '+permit of an unknown cookie': {
    list: control({ submod: gatekeepers }),
    steps: [writes('permit-0123456789abcdef')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+permit twice': {
    list: {
      ...control({ submod: gatekeepers }),
      files: { 'moderation/subscribe00000000000000aa': 'zoe@example.net\nSUB_NOMAIL\n' },
    },
    steps: [writes('permit-00000000000000aa'), writes('permit-00000000000000aa')],
    differs: ['what is ignored is kept'],
    yields: answered,
  },
  'a subscription that waits too long': {
    list: control({ submod: gatekeepers, nosubconfirm: '', modreqlife: '100\n' }),
    steps: [writes('subscribe'), ages('moderation', 110), maintains()],
    yields: { replies: 3 },
  },
  'gatekeepers with the relay down': {
    list: control({ submod: gatekeepers, nosubconfirm: '', nosubmodmails: '' }),
    sink: 'down',
    steps: [writes('subscribe')],
    differs: ['mail to owners, moderators and gatekeepers waits in the queue'],
    yields: { file: 'moderation/subscribeID' },
  },
}
