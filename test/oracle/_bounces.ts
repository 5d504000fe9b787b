import type { ListSetup } from '../_list.ts'
import type { Scenario } from './_scenario.ts'
import { maintains, puts, runs, writes } from '../_stage.ts'

const record = 'bounce/ann=example.org'
const daemon = { sender: '', from: 'Mail <MAILER-DAEMON@example.net>', subject: 'not delivered' }
/** Five days and half a day: what an address may bounce before it is removed. */
const patience = 432_000 + 43_200

function bounced(secondsAgo: number): string {
  return `12:{now-${secondsAgo}} # Tue Nov 14 22:13:20 2023\n13:{now-10} # Tue Nov 14 22:13:20 2023\n`
}

function probed(secondsAgo: number) {
  return puts(`${record}-probe`, `{now-${secondsAgo}}`)
}

const everywhere: ListSetup = {
  digesters: ['ann@example.org'],
  nomail: ['ann@example.org'],
  control: { notifysub: '' },
}

/** Mail that comes back, and the life of an address that bounces. */
export const bounces: Readonly<Record<string, Scenario>> = {
  'a bounce of a post': {
    steps: [writes('bounces-12-ann=example.org', daemon)],
    differs: ['a bounce is kept as it came'],
    yields: { file: `${record}.lastmsg` },
  },
  'two bounces of posts': {
    steps: [
      writes('bounces-12-ann=example.org', daemon),
      writes('bounces-13-ann=example.org', { ...daemon, subject: 'again' }),
    ],
    differs: ['a bounce is kept as it came'],
    yields: { file: `${record}.lastmsg` },
  },
  'a bounce in other letters': {
    steps: [writes('bounces-12-Ann=Example.ORG', daemon)],
    differs: ['a bounce is kept as it came'],
    yields: { file: record },
  },
  'a bounce with dashes in the address': {
    list: { subscribers: ['a-b@c-d.example.org'] },
    steps: [writes('bounces-12-a-b=c-d.example.org', daemon)],
    differs: ['a bounce is kept as it came'],
    yields: { file: 'bounce/a-b=c-d.example.org' },
  },
  'a bounce of a reader of digests': {
    list: { digesters: ['dora@example.net'] },
    steps: [writes('bounces-digest-dora=example.net', daemon)],
    differs: ['a bounce is kept as it came'],
    yields: { file: 'bounce/dora=example.net' },
  },
  'a bounce of a stranger': {
    steps: [writes('bounces-12-joe=example.org', daemon)],
    yields: {},
  },
  'a bounce that names nobody': { steps: [writes('bounces-12-', daemon)], yields: {} },
  'a bounce without an address': { steps: [writes('bounces-12-ann', daemon)], yields: {} },
  'a bounce of a closed list': {
    list: { control: { closedlist: '' } },
    steps: [writes('bounces-12-ann=example.org', daemon)],
    differs: ['a bounce is kept as it came'],
    yields: { file: record },
  },
  'a letter to a bounce address': {
    steps: [writes('bounces-12-ann=example.org')],
    differs: ['only a bounce is a bounce'],
    yields: { file: record },
  },
  'a bounce of a bounce': {
    steps: [writes('bounces-help', daemon)],
    yields: {},
  },
  'a probe that comes back': {
    list: { files: { [record]: '12:1700000000 # x\n' } },
    steps: [probed(100), writes('bounces-probe-ann=example.org', daemon)],
    yields: { file: record },
  },
  'bounce notes a bounce': {
    steps: [runs('bounce', '-a', 'ann=example.org', '-n', '12')],
    yields: { file: record },
  },
  'bounce notes a bounce and keeps the mail': {
    list: { files: { 'queue/00000000000000aa': 'Subject: back\n\nsorry\n' } },
    steps: [
      runs('bounce', '-a', 'ann=example.org', '-n', '12', '-m', '{list}/queue/00000000000000aa'),
    ],
    yields: { file: `${record}.lastmsg` },
  },
  'bounce takes a question back': {
    list: { files: { 'subconf/00000000000000aa': 'zoe@example.net' } },
    steps: [runs('bounce', '-a', '00000000000000aa', '-n', 'confsub')],
    yields: {},
  },
  'bounce takes a question about leaving back': {
    list: { files: { 'unsubconf/00000000000000aa': 'ann@example.org' } },
    steps: [runs('bounce', '-a', '00000000000000aa', '-n', 'confunsub')],
    yields: {},
  },
  'bounce knows no stranger': {
    steps: [runs('bounce', '-a', 'joe=example.org', '-n', '12')],
    yields: {},
  },
  'bounce sends a probe': {
    steps: [puts(record, bounced(100)), runs('bounce', '-a', 'ann=example.org', '-p')],
    differs: ['a probe says what bounced'],
    yields: { replies: 1, file: `${record}-probe` },
  },
  'bounce with a number and a probe': {
    steps: [runs('bounce', '-a', 'ann=example.org', '-p', '-n', '12')],
    differs: ['exit codes say what was wrong'],
    yields: {},
  },

  'maintd probes': {
    steps: [puts(record, bounced(100)), maintains()],
    yields: { replies: 1, file: `${record}-probe` },
  },
  'maintd waits for a probe': {
    steps: [puts(record, bounced(patience + 100)), probed(43_000), maintains()],
    yields: { file: `${record}-probe` },
  },
  'maintd forgives': {
    steps: [
      puts(record, bounced(patience + 100)),
      puts(`${record}.lastmsg`, 'x\n'),
      probed(43_300),
      maintains(),
    ],
    yields: {},
  },
  'maintd unsubscribes': {
    list: everywhere,
    steps: [
      puts(record, bounced(patience + 100)),
      puts(`${record}.lastmsg`, 'x\n'),
      maintains(),
      runs('list'),
    ],
    yields: { replies: 1 },
  },
  'maintd does not unsubscribe too early': {
    steps: [puts(record, bounced(patience - 100)), maintains()],
    yields: { replies: 1, file: `${record}-probe` },
  },
  bouncelife: {
    list: { ...everywhere, control: { bouncelife: '100\n' } },
    steps: [puts(record, bounced(43_400)), maintains()],
    yields: {},
  },
  'maintd probes with the relay down': {
    sink: 'down',
    steps: [puts(record, bounced(100)), maintains()],
    differs: ['a probe waits in the queue'],
    yields: { file: record },
  },
  'a bounce, a probe and its return': {
    steps: [
      writes('bounces-12-ann=example.org', daemon),
      maintains(),
      writes('bounces-probe-ann=example.org', daemon),
      maintains(),
    ],
    differs: ['a bounce is kept as it came'],
    yields: { replies: 2, file: `${record}-probe` },
  },
}
