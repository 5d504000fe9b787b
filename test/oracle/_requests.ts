import type { ListSetup } from '../_list.ts'
import { post } from '../_mail.ts'
import type { Scenario } from './_scenario.ts'
import { puts, receives, writes } from '../_stage.ts'

function control(files: Readonly<Record<string, string>>): ListSetup {
  return { control: files }
}

const archive: ListSetup = {
  files: {
    'archive/1': post({ sender: null }),
    'archive/3': 'Subject: odd\n\nthird\n',
    index: '3',
  },
}
const owners = 'owner@example.org\nsecond@example.net\n'
const ignored = { posts: 0, replies: 0 }
const answered = { replies: 1 }

/** Addresses below a list that are neither about subscribing nor about moderation. */
export const requests: Readonly<Record<string, Scenario>> = {
  '+help': { steps: [writes('help')], yields: answered },
  '+faq': { steps: [writes('faq')], yields: answered },
  '+help of a closed list': {
    list: control({ closedlist: '' }),
    steps: [writes('help')],
    yields: answered,
  },
  '+help with two letters as delimiter': {
    list: control({ delimiter: '--\n' }),
    steps: [receives(post({ to: 'talk--help@example.org' }))],
    yields: answered,
  },
  '+help to the second address of a list': {
    list: control({ listaddress: 'talk@example.org\ngossip@example.net\n' }),
    steps: [receives(post({ to: 'Gossip+help@example.net' }))],
    yields: answered,
  },
  '+help in Cc:': {
    steps: [receives(post({ to: 'else@example.net', more: ['Cc: talk+help@example.org'] }))],
    yields: answered,
  },
  '+help by Delivered-To:': {
    steps: [
      receives(post({ to: 'else@example.net', more: ['Delivered-To: talk+help@example.org'] })),
    ],
    yields: answered,
  },
  '+help by the environment, with tocc': {
    list: control({ tocc: '' }),
    steps: [receives(post(), { EXTENSION: 'help' })],
    yields: answered,
  },
  '+help by the environment of qmail, with tocc': {
    list: control({ tocc: '' }),
    steps: [receives(post(), { DEFAULT: 'help' })],
    yields: answered,
  },
  '+help by the environment of Exim, with tocc': {
    list: control({ tocc: '' }),
    steps: [receives(post(), { LOCAL_PART_SUFFIX: '+help' })],
    yields: answered,
  },
  '+help in the environment and the list in To:': {
    steps: [receives(post(), { EXTENSION: 'help' })],
    differs: ['the envelope decides'],
    yields: { posts: 3 },
  },
  '+help in Delivered-To: and the list in To:': {
    steps: [receives(post({ more: ['Delivered-To: talk+help@example.org'] }))],
    differs: ['the envelope decides'],
    yields: { posts: 3 },
  },
  '+HELP': { steps: [writes('HELP')], differs: ['command words in any case'], yields: ignored },
  '+help-x': { steps: [writes('help-x')], differs: ['what is ignored is kept'], yields: ignored },
  '+listing': { steps: [writes('listing')], differs: ['what is ignored is kept'], yields: ignored },
  '+nonsense': {
    steps: [writes('nonsense')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+subscribe-foo': {
    steps: [writes('subscribe-foo')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+unsubscribe-both': {
    steps: [writes('unsubscribe-both')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+confsub without a cookie': {
    steps: [writes('confsub')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+get without a number': {
    steps: [writes('get')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+get-1/2': { steps: [writes('get-1/2')], differs: ['what is ignored is kept'], yields: ignored },
  '+ and nothing': { steps: [writes('')], yields: { posts: 3 } },
  '+help from two people': {
    steps: [writes('help', { from: 'joe@example.org, ann@example.org' })],
    yields: { file: 'queue/discarded/ID' },
  },
  '+help from somebody without a domain': {
    steps: [writes('help', { from: 'joe' })],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+help from the list itself': {
    steps: [writes('help', { from: 'talk@example.org' })],
    differs: ['no answer to robots'],
    yields: answered,
  },
  '+help from another robot': {
    steps: [writes('help', { more: ['Auto-Submitted: auto-replied'] })],
    differs: ['no answer to robots'],
    yields: answered,
  },
  '+help from another list': {
    steps: [writes('help', { more: ['Precedence: list'] })],
    differs: ['no answer to robots'],
    yields: answered,
  },
  '+help from nobody': {
    steps: [writes('help', { sender: '' })],
    differs: ['no answer to robots'],
    yields: answered,
  },
  '+help with the relay down': {
    sink: 'down',
    steps: [writes('help')],
    yields: { file: 'queue/ID.reciptto' },
  },

  '+list by an owner': {
    list: {
      subscribers: ['ann@example.org', 'abe@example.net'],
      digesters: ['dora@example.org'],
      nomail: ['nick@example.net', 'nora@example.org'],
    },
    steps: [writes('list', { from: 'owner@example.org' })],
    yields: answered,
  },
  '+list by an owner in other letters': {
    list: { subscribers: ['ann@example.org'] },
    steps: [writes('list', { from: 'Owner@Example.ORG' })],
    differs: ['+list answers the address in From:'],
    yields: answered,
  },
  '+list by a stranger': {
    steps: [writes('list')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  nolistsubsemail: {
    list: control({ nolistsubsemail: '' }),
    steps: [writes('list', { from: 'owner@example.org' })],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },

  '+get': {
    list: archive,
    steps: [writes('get-1')],
    differs: ['+get names the post in the log'],
    yields: { posts: 1 },
  },
  '+get by a member of a list that wants that': {
    list: { ...archive, ...control({ subonlyget: '' }) },
    steps: [writes('get-3', { from: 'ANN@example.org' })],
    differs: ['+get names the post in the log'],
    yields: { posts: 1 },
  },
  '+get by a stranger there': {
    list: { ...archive, ...control({ subonlyget: '' }) },
    steps: [writes('get-1')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  noget: {
    list: { ...archive, ...control({ noget: '' }) },
    steps: [writes('get-1')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+get of a post that is not there': {
    list: archive,
    steps: [writes('get-2')],
    differs: ['what is ignored is kept', 'a request for nothing is no failure'],
    yields: ignored,
  },
  '+get of no number': {
    list: archive,
    steps: [writes('get-1x')],
    differs: ['what is ignored is kept'],
    yields: ignored,
  },
  '+get with the relay down': {
    list: archive,
    sink: 'down',
    steps: [writes('get-1')],
    differs: ['+get waits in the queue'],
    yields: { file: 'archive/1.reciptto' },
  },

  '+owner': { steps: [writes('owner')], yields: answered },
  '+owner with two owners': {
    list: control({ owner: owners }),
    steps: [writes('owner', { more: ['Received: from a\n\tby b', 'X-Del: 1'] })],
    yields: { replies: 2 },
  },
  '+owner of a list that changes mails': {
    list: control({ prefix: '[t] ', footer: 'f\n', delheaders: 'X-\n', maxmailsize: '10\n' }),
    steps: [writes('owner', { more: ['X-Del: 1'] })],
    yields: answered,
  },
  '+owner from nobody': { steps: [writes('owner', { sender: '' })], yields: answered },
  '+owner, who is only a name': {
    list: control({ owner: 'postmaster\n' }),
    steps: [writes('owner')],
    differs: ['what is ignored is kept', 'an ignored request is not logged as one'],
    yields: ignored,
  },
  '+owner with the relay down': {
    sink: 'down',
    steps: [writes('owner')],
    differs: ['mail to owners, moderators and gatekeepers waits in the queue'],
    yields: ignored,
  },
  'a control file that is made between two mails': {
    steps: [writes('help'), puts('control/prefix', '[new] '), receives(post())],
    yields: { posts: 3, replies: 1 },
  },
}
