import type { ListSetup } from '../_list.ts'
import { post } from '../_mail.ts'
import type { Scenario } from './_scenario.ts'
import { ages, maintains, puts, receives, relayUp, type Step } from '../_stage.ts'

const readers = ['dora@example.org', 'dan@example.net']
const sent = ['a digest is a proper mail'] as const

function archived(
  count: number,
  control: Readonly<Record<string, string>> = {},
  more: ListSetup = {},
): ListSetup {
  const files: Record<string, string> = { index: String(count) }
  for (let n = 1; n <= count; n++)
    files[`archive/${n}`] = post({ sender: null, subject: `subject ${n}`, body: `body ${n}\n` })
  return { digesters: readers, control, ...more, files: { ...files, ...more.files } }
}

const due: Step = puts('lastdigest', '1:{now-604900}:4\n')
const notDue: Step = puts('lastdigest', '1:{now-604700}:4\n')

/** When a digest is made, and what is in it. */
export const digests: Readonly<Record<string, Scenario>> = {
  'the first digest': {
    list: archived(2),
    steps: [maintains()],
    differs: sent,
    yields: { replies: 2, file: 'lastdigest' },
  },
  'a digest after a week': {
    list: archived(3),
    steps: [due, maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  'no digest within a week': {
    list: archived(3),
    steps: [notDue, maintains()],
    yields: {},
  },
  digestinterval: {
    list: archived(3, { digestinterval: '1000\n' }),
    steps: [puts('lastdigest', '1:{now-1100}:4\n'), maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  digestmaxmails: {
    list: archived(6, { digestmaxmails: '4\n' }),
    steps: [puts('lastdigest', '1:{now-100}:4\n'), maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  'a digest of one post': {
    list: archived(2),
    steps: [due, maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  'a digest of a range with holes': {
    list: archived(4, {}, { files: { index: '6' } }),
    steps: [due, ages('index', 7_200), maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  'a digest while posts are on their way': {
    list: archived(4, {}, { files: { index: '6' } }),
    steps: [due, maintains()],
    differs: [...sent, 'a digest waits for a post that is on its way'],
    yields: { replies: 2 },
  },
  nodigesttext: {
    list: archived(2, { nodigesttext: '' }),
    steps: [maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  'a digest with customheaders': {
    list: archived(2, { customheaders: 'X-One: 1\nX-Two: 2\n' }),
    steps: [maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  'a digest that nobody reads': {
    list: archived(2, {}, { digesters: [] }),
    steps: [maintains()],
    yields: { file: 'lastdigest' },
  },
  'no digest without archive': {
    list: archived(2, { noarchive: '' }),
    steps: [maintains()],
    yields: {},
  },
  'no digest without posts': {
    list: { digesters: readers },
    steps: [maintains()],
    yields: {},
  },
  'nothing new for a digest': {
    list: archived(1),
    steps: [due, maintains()],
    yields: {},
  },
  'lastdigest without an issue': {
    list: archived(2),
    steps: [puts('lastdigest', '1:{now-604900}\n'), maintains()],
    differs: sent,
    yields: { replies: 2 },
  },
  'posts and their digest': {
    list: { digesters: readers },
    steps: [
      receives(post({ subject: 'one' })),
      receives(post({ subject: 'Re: one' })),
      maintains(),
    ],
    differs: [...sent, 'threads of a digest are grouped'],
    yields: { posts: 6, replies: 2 },
  },
  'a digest with the relay down, and then up': {
    list: archived(2),
    sink: 'down',
    steps: [maintains(), relayUp(), maintains()],
    differs: ['a digest waits for its readers'],
    yields: {},
  },
}
