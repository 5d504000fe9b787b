import { flag, line, lines, text, whole } from './_kinds.ts'

/** Every control file a list may hold (spec spool 3.2). Add a line here and nowhere else. */
export const tunables = {
  listaddress: lines('The addresses of the list; the first is its primary address. Required.'),
  delimiter: line('What stands between the list name and a command; `+` unless set.'),
  owner: lines('Addresses of the owners: they receive mail to +owner and may ask for +list.'),
  moderators: lines('Addresses that are asked to release held posts.'),

  relayhost: line('Host name or address that mail is sent through; 127.0.0.1 unless set.'),
  smtpport: whole(25, 'TCP port of the relay.', { least: 1, most: 65_535 }),
  smtphelo: line('Name we give in EHLO; the name of this host unless set.'),
  verp: line(
    'One transaction for many recipients. `postfix` asks the relay for XVERP, other text is put behind MAIL FROM, an empty file adds nothing.',
    { empty: '' },
  ),
  maxverprecips: whole(
    undefined,
    'Recipients in one transaction: 100 unless set when verp is set, as many as the relay takes where it offers XVERP; 1 sends to each by himself.',
    { least: 1, most: 100_000 },
  ),
  bouncecheck: flag(
    'The addresses that bounces return to hold a check that nobody else can make, and bounces without it do nothing. There are no groups of recipients then. Only for lists that mlmmj itself does not serve. Ours.',
  ),
  staticbounceaddr: line('Address that bounces return to, in place of one below the list address.'),
  addtohdr: flag('Each copy of a post gets a To: header with its recipient.'),

  prefix: line('Goes in front of the Subject of every post.'),
  customheaders: text('Header lines added to every post.'),
  delheaders: lines('Header lines that begin with one of these words are removed from every post.'),
  footer: text('Appended to every post.'),
  replyto: flag('Each post gets a Reply-To: with its From: value.'),
  noarchive: flag('Posts are not kept; there are no digests.'),

  trustoriginalfrom: flag(
    'X-Original-From: names the poster, in place of From:. Anybody can write that header: set this only where a gateway you trust writes it. Ours; mlmmj 1.5 always trusts it.',
  ),
  takeautoreplies: flag(
    'Posts that say they are automatic replies (RFC 3834) are taken. Else they lie in queue/discarded, so that two vacation notices cannot write to each other through the list. Ours.',
  ),
  repeatlimit: whole(
    100,
    'Posts of one poster with the same subject and text within limitwindow; more are discarded, for they go round in circles. Ours.',
    { least: 1 },
  ),
  tocc: flag('The list address need not be in To: or Cc:.'),
  access: lines('Rules over header lines that decide who may post.'),
  send: lines('Addresses that may always post.'),
  subonlypost: flag('Only subscribers may post.'),
  modonlypost: flag('Only moderators may post.'),
  modnonsubposts: flag('Posts of people who may not post are held instead of refused.'),
  moderated: flag('Every post is held for a moderator.'),
  maxmailsize: whole(undefined, 'Refuse posts of more than this many bytes.'),
  notmetoo: flag('Posters do not receive their own posts.'),

  notoccdenymails: flag('No reply to a post that does not name the list in To: or Cc:.'),
  noaccessdenymails: flag('No reply to a post that an access rule denies.'),
  nosubonlydenymails: flag('No reply to a post that subonlypost refuses.'),
  nomodonlydenymails: flag('No reply to a post that modonlypost refuses.'),
  nomaxmailsizedenymails: flag('No reply to a post that is too large.'),
  nosubmodmails: flag('No "please wait" to somebody whose subscription is held.'),

  answerlimit: whole(
    20,
    'Automatic answers to one address within limitwindow, of all kinds together; more are not written. Ours.',
  ),
  confirmlimit: whole(
    5,
    'Requests to join or leave, each of which asks for a confirmation, that are answered to one address within limitwindow. Ours.',
  ),
  sourcelimit: whole(
    100,
    'Automatic answers within limitwindow to what comes from one source: a network address, or an envelope sender when only hosts of our own are known. Ours.',
  ),
  bouncelimit: whole(
    50,
    'Bounces of one address that are put on its record within limitwindow. Ours.',
    { least: 1 },
  ),
  limitwindow: whole(
    3_600,
    'Seconds in which answerlimit and the other limits are counted. Ours.',
    {
      least: 60,
      most: 604_800,
    },
  ),

  modreqlife: whole(604_800, 'Seconds that held posts and subscriptions are kept.', { least: 1 }),
  notifymod: flag('Tell the poster that the post is held.'),
  ifmodsendonlymodmoderate: flag(
    'A post sent by a moderator is moderated by that moderator alone.',
  ),
  submod: lines('New subscriptions are held; these addresses, or else the owners, decide.'),

  closedlist: flag('Nobody can join or leave by mail.'),
  closedlistsub: flag('Nobody can join by mail.'),
  nosubconfirm: flag('Joining and leaving by mail is not confirmed.'),
  nodigestsub: flag('Nobody can subscribe to digests by mail.'),
  nonomailsub: flag('Nobody can subscribe without mail by mail.'),
  nomailsub: flag('Misspelling of nonomailsub that mlmmj 1.5 reads; means the same.'),
  notifysub: flag('Tell the owner of everyone who joins or leaves.'),

  noget: flag('Old posts cannot be fetched with +get.'),
  subonlyget: flag('Only subscribers can fetch old posts with +get.'),
  nolistsubsemail: flag('The owner cannot ask for the subscribers with +list.'),
  digestinterval: whole(604_800, 'Seconds after which a digest is due.'),
  digestmaxmails: whole(50, 'Posts after which a digest is due, and the most in one digest.', {
    least: 1,
  }),
  digestmaxmail: whole(undefined, 'Misspelling of digestmaxmails that mlmmj 1.5 reads.', {
    least: 1,
  }),
  nodigesttext: flag('Digests have no part that lists the threads.'),
  bouncelife: whole(
    432_000,
    'Seconds that an address may bounce before it is removed, and that a reply is tried.',
    { least: 1 },
  ),
} as const

export type TunableName = keyof typeof tunables

/** What a list's control files say at one moment. */
export type Settings = {
  readonly [Name in TunableName]: ReturnType<(typeof tunables)[Name]['read']>
}

const names = Object.keys(tunables) as TunableName[]

export function isTunable(name: string): name is TunableName {
  return Object.hasOwn(tunables, name)
}

/** What a list without any control file says. */
const unset = Object.fromEntries(
  names.map((name) => [name, tunables[name].read(undefined, () => {})]),
)

/** The settings in given file contents; what is wrong is reported, never thrown. */
export function readSettings(
  content: (name: TunableName) => Buffer | undefined,
  complain: (file: TunableName, why: string) => void,
): Settings {
  const settings = { ...unset }
  // A list has a handful of files.
  for (const name of names) {
    const found = content(name)
    if (found !== undefined)
      settings[name] = tunables[name].read(found, (why) => complain(name, why))
  }
  return settings as Settings
}
