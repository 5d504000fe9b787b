/** Something that the specs call a quirk of mlmmj. */
export interface Quirk {
  /** Spec and section; the versions that have it, when it is not both. */
  readonly at: string
  readonly what: string
  /** The test that shows how it is now: a file, and a part of the title or of the file. */
  readonly shown: readonly [file: string, part: string]
  /** Why it is as it was; not set when it is repaired. */
  readonly kept?: string
}

const post = 'src/policy/post.test.ts'
const quirks = 'test/house/quirks.test.ts'
const windows = 'test/oracle/windows.test.ts'
const requests = 'test/oracle/_requests.ts'
const subscriptions = 'test/oracle/_subscriptions.ts'
const deviations = 'scripts/listtext-deviations.json'
const refusals = 'test/house/bounce-refusals.test.ts'
const roster = 'src/spool/roster.test.ts'
const cases = 'test/listtext-cases'

/** mlmmj reads lists that were written for it; their texts must come out as they did. */
const texts = 'Texts of existing lists must come out as they did.'

function repaired(at: string, what: string, file: string, part: string): Quirk {
  return { at, what, shown: [file, part] }
}

function kept(at: string, what: string, why: string, file: string, part: string): Quirk {
  return { at, what, shown: [file, part], kept: why }
}

/** A quirk of the text language that stays, with the case that shows it. */
function keptText(at: string, what: string, file: string): Quirk {
  return kept(`listtexts ${at}`, what, texts, `${cases}/${file}.json`, file)
}

/** Every *Quirk* of the three specs, in their order. */
export const quirksOfMlmmj: readonly Quirk[] = [
  repaired(
    'mailflow 0.1, 1.5',
    'A maxmailsize that is no number refuses every post.',
    post,
    'judgePost() takes a maxmailsize that is no number for no limit',
  ),
  repaired(
    'mailflow 0.1',
    'A smtpport that is no number is taken for 25 without a word.',
    'src/spool/settings.test.ts',
    'takes the default for what cannot be used, and says which file and why',
  ),
  repaired(
    'mailflow 0.2, spool 1.2',
    'Cookies come from a generator that can be guessed.',
    quirks,
    'ids are drawn from the whole range of 64 bits',
  ),
  repaired(
    'mailflow 0.3',
    'A NUL byte glues two headers together.',
    'src/message/head.test.ts',
    'readHead() keeps NUL and bare CR inside a line',
  ),
  repaired(
    'mailflow 0.5',
    'Encoded words are longer than 75 characters and never folded.',
    'src/message/encoded-word.test.ts',
    'keeps to the limits and every word can be read alone',
  ),
  repaired(
    'mailflow 0.5, listtexts 17',
    'A subject is read as template: it can fetch control files, or have no end.',
    windows,
    'is only a subject',
  ),
  repaired(
    'mailflow 0.6, 1.5',
    'A directory among the subscriber files makes the programs hang.',
    windows,
    'a directory among the subscriber files does no harm',
  ),
  repaired(
    'mailflow 0.6, spool 2.1',
    'Addresses that begin with . or / are lost without an answer.',
    roster,
    'addresses that begin with a dot or a slash cannot join, but can leave',
  ),
  repaired(
    'mailflow 0.6, spool 2.5, 1.5',
    'Who leaves may remove somebody whose address begins alike.',
    windows,
    'who leaves is the one who asked',
  ),
  repaired(
    'mailflow 1',
    'What a crash left in incoming/ stays there for ever.',
    windows,
    'what a crash left in incoming/ goes out with the next mail',
  ),
  repaired(
    'mailflow 1',
    'DEFAULT in the environment outranks mlmmj-receive -e.',
    quirks,
    'mlmmj-receive -e says more than the environment',
  ),
  repaired(
    'mailflow 2.2',
    'A list whose name holds the delimiter gets no requests.',
    'src/list/identity.test.ts',
    'bears a delimiter of several characters, and one inside the name',
  ),
  repaired(
    'mailflow 2.3, 1.5',
    'X-Original-From: of anybody names the poster. It does so only with control/trustoriginalfrom.',
    'test/house/_tunables.ts',
    'trustoriginalfrom',
  ),
  repaired(
    'mailflow 3.1, spool 4.3',
    'Ignored requests stay in queue/ for ten hours.',
    requests,
    '+subscribe-foo',
  ),
  repaired(
    'mailflow 3.1, 1.5',
    'An unknown request is not even logged.',
    quirks,
    'a request that is ignored is in the log, with the reason',
  ),
  kept(
    'mailflow 3.2',
    'Whoever has the cookie may release, reject, permit and obstruct.',
    'Moderators write from several addresses, and the cookie cannot be guessed.',
    'test/oracle/_moderation.ts',
    '+release by anybody who has the cookie',
  ),
  repaired(
    'mailflow 3.2, spool 3.2, listtexts 3.1, 1.5',
    'nonomailsub is read under a misspelt name. Both work.',
    'src/policy/subscription.test.ts',
    'obeys nodigestsub and nonomailsub for mail, not for the shell',
  ),
  repaired(
    'mailflow 3.2, 1.5',
    'A request from an address without a domain ends with 1.',
    subscriptions,
    '+subscribe from somebody without a domain',
  ),
  repaired(
    'mailflow 3.4',
    'Mail to the owners is lost when the relay is down.',
    requests,
    '+owner with the relay down',
  ),
  repaired(
    'mailflow 4.1',
    'A confirmation that was bent to another kind gets around nodigestsub.',
    subscriptions,
    'nodigestsub and a confirmation that was bent to digests',
  ),
  kept(
    'mailflow 4.1',
    'A member changes to another kind of subscription without confirmation.',
    'As in mlmmj. The member is told at once, and one mail changes it back.',
    subscriptions,
    'by a member without mail',
  ),
  repaired(
    'mailflow 4.1, spool 2.4',
    'Whoever has an address that begins like the list’s cannot join.',
    subscriptions,
    '+subscribe by an address that begins like the list',
  ),
  repaired(
    'mailflow 4.3, spool 4.3, listtexts 3.1, 1.5',
    'With nosubconfirm and submod the gatekeepers hear nothing.',
    subscriptions,
    'submod holds without confirmation',
  ),
  repaired(
    'mailflow 4.3',
    'Mail to gatekeepers is lost when the relay is down.',
    subscriptions,
    'gatekeepers with the relay down',
  ),
  repaired(
    'mailflow 5, spool 1.5.3',
    'A release that was interrupted is never taken up again.',
    quirks,
    'a release that was interrupted is finished by maintenance',
  ),
  repaired(
    'mailflow 6.2, 1.5',
    'The index is not locked: two posts get one number.',
    windows,
    'twenty posts at once get twenty numbers',
  ),
  repaired(
    'mailflow 6.2',
    'An index that is no number has archived posts overwritten.',
    'src/spool/index-number.test.ts',
    'gives ${number}',
  ),
  repaired(
    'mailflow 6.3, 1.5',
    'Only the first address of a relay’s name is tried.',
    'test/house/delivery-trouble.test.ts',
    'IPv6 and names are understood',
  ),
  repaired(
    'mailflow 6.3',
    'Replies of several lines confuse the conversation.',
    'test/house/delivery-conversation.test.ts',
    'replies of many lines are read to their end',
  ),
  repaired(
    'mailflow 6.3',
    'A relay that hangs up kills the program, and nobody gets the mail.',
    windows,
    'a relay that hangs up at',
  ),
  repaired(
    'mailflow 6.4, 1.3',
    'A last line without line end is sent as NUL bytes.',
    'test/oracle/_posts.ts',
    'a body that ends without a line end',
  ),
  repaired(
    'mailflow 6.6, 1.3',
    'Greylisting counts as a bounce, and the post is lost.',
    'test/oracle/_posts.ts',
    'a recipient refused for now',
  ),
  repaired(
    'mailflow 6.6, spool 4.4, 1.5',
    'Whoever gets a post later gets it under a wrong number, or another post.',
    windows,
    'a second and third failure lose nothing',
  ),
  repaired(
    'mailflow 7.2, 1.5',
    'Reports that cannot be read stay in queue/.',
    'test/oracle/_bounces.ts',
    'a bounce of a bounce',
  ),
  repaired(
    'mailflow 7.3, spool 1.5.6',
    'A refused address with a dash is never recorded, or recorded for somebody else.',
    refusals,
    'a refused address with a dash is recorded, and not somebody else',
  ),
  repaired(
    'mailflow 7.3',
    'With staticbounceaddr a refusal is recorded under a wrong number.',
    refusals,
    'a refusal is recorded under its number with staticbounceaddr',
  ),
  repaired(
    'mailflow 7.4, spool 4.8, 1.5',
    'A copy of every probe stays in queue/.',
    'test/oracle/_bounces.ts',
    'maintd probes',
  ),
  repaired(
    'mailflow 7.4, spool 1.4, 1.5',
    'An address with = in it is never unsubscribed, but its record goes.',
    'test/house/bounce-life.test.ts',
    'an address with = in it is removed, and not somebody who is written nearly so',
  ),
  repaired(
    'mailflow 8.1, spool 3.2, 1.5',
    'digestmaxmails is read under a misspelt name. Both work.',
    'src/policy/digest.test.ts',
    'reads digestmaxmails, and digestmaxmail where only that is set',
  ),
  repaired(
    'mailflow 8.1, 1.5',
    'A lastdigest in the old form ends all digests.',
    'test/oracle/_digests.ts',
    'lastdigest without an issue',
  ),
  repaired(
    'mailflow 8.1, 1.5',
    'Two maintenance runs at once send a digest twice.',
    'test/house/digest-due.test.ts',
    'two runs at the same time make one digest',
  ),
  repaired(
    'mailflow 8.2, listtexts 14, 1.5',
    'The parts of a digest are named after its issue.',
    'src/compose/digest.test.ts',
    'names the part after its post',
  ),
  repaired(
    'mailflow 8.2',
    'A boundary that occurs in a post breaks the digest.',
    'test/house/digest-mail.test.ts',
    'a boundary that occurs in a post is not taken',
  ),
  repaired(
    'mailflow 8.3, listtexts 14',
    'The subject of a digest begins with Subject: twice.',
    'src/compose/digest.test.ts',
    'encodes and folds a subject, and says Subject: once',
  ),
  repaired(
    'mailflow 8.3',
    'Each post of a digest is a thread of its own.',
    'src/compose/digest-threads.test.ts',
    'puts the posts of a thread under one subject',
  ),
  repaired(
    'mailflow 8.3, listtexts 14, 1.5',
    'The summary of a digest has random numbers, and lines of bodies for subjects.',
    'test/oracle/_digests.ts',
    'posts and their digest',
  ),
  repaired(
    'mailflow 9.1, 1.3',
    'A queued mail with an empty envelope file is tried again and again.',
    'src/spool/replies.test.ts',
    'waitingReplies() finds what mlmmj queued, not what is incomplete or was just tried',
  ),
  repaired(
    'mailflow 9.2, 1.5',
    'Without archive a failed resend deletes the mail.',
    windows,
    'a second and third failure lose nothing',
  ),
  repaired(
    'mailflow 10, 1.5',
    'The qualifier of an earlier access rule is used by a later one.',
    'src/policy/access.test.ts',
    'gives the qualifier of the rule that denies, and of no other',
  ),

  repaired(
    'spool 1.1, 1.3',
    'Without digesters.d or nomailsubs.d nothing works.',
    roster,
    'directories that are missing are empty, and are made for who joins',
  ),
  repaired(
    'spool 1.3, 1.3',
    'maintd -d as root works on the lists of the first owner only.',
    quirks,
    'mlmmj-maintd -d as root works on each list as its owner',
  ),
  repaired(
    'spool 1.3, 1.5',
    'maintd as root leaves files that the owner cannot read.',
    quirks,
    'mlmmj-maintd -d as root works on each list as its owner',
  ),
  repaired(
    'spool 1.4',
    'An address at a host that ends in -probe or .lastmsg is invisible.',
    'src/spool/bounces.test.ts',
    'an address that ends like a marker or a kept mail is nobody less',
  ),
  repaired(
    'spool 1.4',
    'A post that is still on its way is in no digest.',
    'test/oracle/_digests.ts',
    'a digest while posts are on their way',
  ),
  repaired(
    'spool 1.5.3, 1.3',
    'A rejected post leaves its .omit file.',
    'test/oracle/_moderation.ts',
    '+reject of a post whose poster gets none',
  ),
  repaired(
    'spool 1.7',
    'Subscribers are lost when several people join and leave at once.',
    'test/house/roster-race.test.ts',
    '100 who join and 100 who leave, from four processes at once: none is lost',
  ),
  repaired(
    'spool 3.2, 1.5',
    'maxverprecips 0: nobody gets mail.',
    'src/list/tunables.test.ts',
    'readSettings() takes 0 for a limit where mlmmj does, and nowhere else',
  ),
  repaired(
    'spool 3.2',
    'Without moderators a held post ends in a crash.',
    windows,
    'moderators file holds the post',
  ),
  kept(
    'spool 3.3',
    'A comment or an indented line in control/access denies everything from there on.',
    'It refuses too much rather than too little; the log says which line it is.',
    'src/policy/access.test.ts',
    'judgeAccess() denies by a line that is no rule, and warns',
  ),
  repaired(
    'spool 4.0',
    'A full disk bounces mail, because mlmmj ends with 1.',
    'test/house/commands-as-programs.test.ts',
    'mlmmj-receive never fails with a code that a mail server takes for a bounce',
  ),
  repaired(
    'spool 4.1',
    'make-ml writes a line for cron that cron cannot run.',
    'src/commands/make-ml.test.ts',
    'make-ml adds lines to the system once, with a user in the crontab',
  ),
  repaired(
    'spool 4.3, 1.3',
    'The list’s address in To: makes a post of a request.',
    requests,
    '+help in the environment and the list in To:',
  ),
  repaired('spool 4.3', '+HELP is unknown.', requests, '+HELP'),
  repaired(
    'spool 4.4, 1.5',
    'One refused recipient stops a hundred others.',
    'test/oracle/_posts.ts',
    'a recipient refused for good',
  ),
  repaired(
    'spool 4.4, 1.5',
    'The only subscriber of a list loses his mail when the relay is down.',
    windows,
    'the only subscriber of a list keeps his mail when the relay is down',
  ),
  repaired(
    'spool 4.4',
    'mlmmj-send -a crashes.',
    quirks,
    'mlmmj-send -a sends to everybody and archives nothing',
  ),
  repaired(
    'spool 4.8, 1.3',
    'mlmmj-bounce -p does not say what bounced.',
    'test/oracle/_bounces.ts',
    'bounce sends a probe',
  ),

  repaired(
    'listtexts 2.2',
    'A directory with the name of a text is taken for the text.',
    quirks,
    'a directory with the name of a text is no text',
  ),
  repaired(
    'listtexts 2.2',
    'Without any text for modonlypost mlmmj crashes.',
    quirks,
    'a list without texts refuses in our words',
  ),
  keptText('4.2', 'Wrapping joins header lines.', 'hdr-028-wrap-in-header'),
  repaired(
    'listtexts 5.2',
    'Thai, Devanagari, emoji and others become question marks.',
    deviations,
    'esc-014-three-byte-e0',
  ),
  kept(
    'listtexts 5.2',
    'A \\u behind an odd number of backslashes is not decoded.',
    texts,
    'src/compose/text/decode-line.test.ts',
    'does not decode behind an odd backslash, or behind a character',
  ),
  keptText(
    '5.2',
    'A \\u behind a letter that is not ASCII is not decoded.',
    'esc-007-unicode-after-nonascii',
  ),
  keptText('6', 'A lone % has no width.', 'wrap-029-lone-percent-width'),
  keptText(
    '7',
    'The % that ends an unknown directive may begin another.',
    'fmt-004-unknown-close-reused',
  ),
  repaired(
    'listtexts 7.2',
    'A condition of several words on a part that is not set cuts the line.',
    deviations,
    'cond-020-null-context-multi',
  ),
  repaired(
    'listtexts 7.2',
    'A negated condition of several words replaces the rest of the line.',
    deviations,
    'cond-025-negated-two-values',
  ),
  repaired(
    'listtexts 7.2',
    'A blank before the closing % reads beyond the line.',
    quirks,
    'a blank before the closing percent sign does no harm',
  ),
  repaired(
    'listtexts 7.4',
    'What stands in front of an included line is scanned twice.',
    quirks,
    'what is printed is not scanned again in front of an included line',
  ),
  keptText('7.5', '%wrapmoderators% acts as %moderators%.', 'wrap-022-wrap-prefix-quirk'),
  kept(
    'listtexts 8.4, 1.3',
    '$moderators$ in wait-sub names nobody. It stays as it is written, as in 1.5.',
    'No text of mlmmj uses it there.',
    `${cases}/sub-028-moderators-dollar-wait.json`,
    'sub-028-moderators-dollar-wait',
  ),
  keptText('9.1', 'A backslash cannot be written.', 'esc-001-backslash-vanishes'),
  kept(
    'listtexts 10.1',
    'A skipped line of an indented text leaves its indentation.',
    texts,
    quirks,
    'a skipped line of an indented text leaves its indentation',
  ),
  repaired(
    'listtexts 10.2',
    'Behind an empty line a directive in skipped text loses the %endif% behind it.',
    deviations,
    'cond-026-peek-abort-quirk',
  ),
  keptText(
    '10.2',
    'An indented empty line of an included text is not swallowed.',
    'inc-020-indented-blank-not-swallowed',
  ),
  kept(
    'listtexts 11.2',
    'A ban on line breaks lasts until the next blank.',
    'Texts in Chinese depend on it.',
    quirks,
    'a ban on line breaks lasts until the next blank',
  ),
  keptText('11.4', 'A blank may stay at the end of a paragraph.', 'wrap-017-eof-trailing-space'),
  keptText(
    '11.4',
    '%wrap% alone on a line may give an empty line.',
    'wrap-019-wrap-alone-before-blank',
  ),
  repaired(
    'listtexts 11.4',
    'Text is lost when a directive is skipped at the moment the line is full.',
    deviations,
    'wrap-037-skip-at-column-w-loses-line',
  ),
  repaired(
    'listtexts 12.2',
    'A text that is included far right in a running paragraph crashes mlmmj.',
    quirks,
    'a text that is included in a running paragraph does no harm',
  ),
  repaired(
    'listtexts 12.3',
    'When the mail cannot be opened, %originalmail N% cuts the text around it.',
    `${cases}/orig-005-unavailable.json`,
    'orig-005-unavailable',
  ),
  keptText(
    '12.4',
    'Text behind a list directive is repeated as it is written.',
    'lst-002-suffix-quirk',
  ),
  repaired(
    'listtexts 12.4',
    'An empty moderators file crashes both versions, and a blank first line hides the others in 1.5.',
    windows,
    'moderators file holds the post',
  ),
]
