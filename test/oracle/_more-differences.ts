/** A difference that no scenario beside mlmmj 1.3 shows. */
interface Difference {
  readonly what: string
  readonly why: string
  readonly shown: readonly [file: string, part: string]
}

function differs(what: string, why: string, file: string, part: string): Difference {
  return { what, why, shown: [file, part] }
}

const subscriptions = 'test/oracle/_subscriptions.ts'

/** From mlmmj 1.3.0, beside those of _differences.ts. */
export const moreFromThirteen: readonly Difference[] = [
  differs(
    'A mail that the list has sent before is discarded, with an event.',
    'It came back through another list or a forwarder, and would go round for ever (mailflow 2.7). X-Loop: tells, and the List-Id: of control/customheaders; delheaders does not remove X-Loop:.',
    'test/house/loops.test.ts',
    'two lists that are subscribed to each other send a post once',
  ),
  differs(
    'Posts that say they are automatic replies are discarded, unless the list has takeautoreplies.',
    'Two vacation notices would answer each other through the list (RFC 3834 2).',
    'test/house/loops.test.ts',
    'two vacation responders that answer the list, and say so, are not sent on',
  ),
  differs(
    'The same text of the same poster is taken a hundred times an hour (repeatlimit).',
    'Some programs answer the list and do not say that they are programs.',
    'test/house/loops.test.ts',
    'and do not say so, come to an end',
  ),
  differs(
    'Answers are bounded for the address that gets them and for the source that causes them.',
    'Else anybody could have somebody flooded with mail by a list (answerlimit, confirmlimit, sourcelimit).',
    'test/house/answer-limits.test.ts',
    'one address is asked to confirm a few times, wherever the requests come from',
  ),
  differs(
    'A refused post whose poster may not be told lies in queue/discarded for a week.',
    'A program wrote it, or its sender was answered too often; 1.3 answers each.',
    'test/house/answer-limits.test.ts',
    'a program whose post is refused hears nothing, and its post is kept',
  ),
  differs(
    'No more than fifty bounces of one address are noted in an hour (bouncelimit).',
    'Only the first counts, and nobody shall fill the disk by writing bounces.',
    'test/house/forged-bounces.test.ts',
    'bounces of one address are noted so often and not more',
  ),
  differs(
    'A list’s own text for several cases goes before our texts for single cases.',
    'mlmmj ships one `confirm` where we ship `confirm-sub` and `confirm-unsub`; a list that mlmmj made shall keep speaking its language.',
    'src/list/text-file.test.ts',
    'sharedTextOf() is what mlmmj has in place of our two texts',
  ),
  differs(
    'Several mails are on the way at the same time, each on its connection.',
    'A post to many readers is sooner done. Nobody gets it twice, also when the program is killed.',
    'test/house/delivery-conversation.test.ts',
    'connections are added while there is work, up to the number allowed',
  ),
  differs(
    'An own Reply-To: of the poster goes where control/replyto sets one.',
    'With two of them each reader’s program would choose for itself (1.3 does not know the file).',
    'src/compose/decorate.test.ts',
    'takes one Reply-To from the first From',
  ),
  differs(
    'A prefix is found in every kind of encoded subject, and long subjects are folded.',
    'Else the prefix is there twice in answers from some mail programs.',
    'src/compose/subject-prefix.test.ts',
    'in the reply it is found again',
  ),
  differs(
    'customheaders and footer always begin and end on lines of their own.',
    'A missing line end at the end of the file shall not join them with what follows.',
    'src/compose/decorate.test.ts',
    'footerFor() begins on a line of its own',
  ),
  differs(
    'The line ends of what a list adds to a mail are those of the mail.',
    'A mail that is half CRLF and half LF is broken for many readers.',
    'src/compose/decorate.test.ts',
    'decorate() says how the mail ends its lines',
  ),
  differs(
    'Mail waits while the name of the relay cannot be resolved.',
    'As 1.5; 1.3 sends through 127.0.0.1 then.',
    'test/house/delivery-trouble.test.ts',
    'nothing is taken out of the source when the relay is not there',
  ),
  differs(
    'Every mail that the relay did not take waits and is tried again, until bouncelife has passed.',
    '1.3 tries posts for ever, and loses some kinds of mail at once.',
    'test/house/digest-delivery.test.ts',
    'a digest that nobody takes for bouncelife is given up',
  ),
  differs(
    'A reader who is in several subscriber files gets one copy.',
    'Who was entered twice by hand shall not get everything twice.',
    'src/spool/roster.test.ts',
    'says nobody twice',
  ),
  differs(
    'The exit code for a mail server is 0 or 75, never 1.',
    'A mail server takes 1 for a refusal and bounces the mail.',
    'test/house/commands-as-programs.test.ts',
    'mlmmj-receive never fails with a code that a mail server takes for a bounce',
  ),
  differs(
    'As root, all commands become the owner of the list, with his groups.',
    '1.3 keeps the group of root for what it writes.',
    'src/spool/become-owner.test.ts',
    'root becomes the owner, with the groups of its account',
  ),
  differs(
    'make-ml reads an answer file and does not run it; -c and -a are there as in 1.3 and 1.5.',
    'A file of answers shall not be a program.',
    'src/commands/_answer-file.test.ts',
    'readAnswers() does not run',
  ),
  differs(
    'The texts of a list that has none are ours, in seventeen languages.',
    'No sentence is taken from mlmmj. Texts that a list has are used as they are.',
    'scripts/texts.test.ts',
    'has a text for everything that is asked for',
  ),
]

/** Where we do not follow mlmmj 1.5.0, and why. What 1.5 does by mistake is among the quirks. */
export const fromFifteen: readonly Difference[] = [
  differs(
    'Leaving without confirmation (nosubconfirm) is answered with a goodbye.',
    'As 1.3; 1.5 says nothing, so nobody knows whether it worked.',
    subscriptions,
    '+unsubscribe without confirmation',
  ),
  differs(
    'Somebody who is not subscribed and wants to leave is told so.',
    'As 1.3, but only if he wrote from that address; 1.5 says nothing.',
    subscriptions,
    '+unsubscribe by a stranger',
  ),
  differs(
    'A closed list still takes the confirmations of those whom its owner asked.',
    'As 1.3; 1.5 refuses them, and mlmmj-sub -C is of no use there.',
    subscriptions,
    'confirmations while a list is closed',
  ),
  differs(
    'Cookies of 1.3, with the address behind them, are taken too.',
    'A question that 1.3 asked can be answered after the change.',
    subscriptions,
    '+confsub with an old cookie of 1.3',
  ),
  differs(
    'The owner hears of a member who was removed for bouncing, and the operation log says it.',
    'As 1.3; 1.5 tells nobody.',
    'test/oracle/_bounces.ts',
    'maintd unsubscribes',
  ),
  differs(
    'mlmmj-send knows the modes 1, 5 and 6.',
    'Scripts that were written for 1.3 go on working.',
    'test/oracle/_commands.ts',
    'send -l 6',
  ),
  differs(
    'mlmmj-send -m and -s take names of files, not numbers of open ones.',
    'In 1.5 that is how posts got wrong numbers; nobody else uses it.',
    'test/oracle/_commands.ts',
    'send -l 3',
  ),
  differs(
    'A post without envelope sender ends with 0.',
    'As 1.3. With 1, the mail server would bounce what has nobody to bounce to.',
    'test/oracle/_posts.ts',
    'no envelope sender',
  ),
  differs(
    'Bounces of digests come back under the word digest.',
    'As 1.3; 1.5 gives all of them the number 0.',
    'test/oracle/_bounces.ts',
    'a bounce of a reader of digests',
  ),
  differs(
    'Numbers may have a comment behind them, and 0 for bouncelife and modreqlife is the default.',
    'As 1.3; with 1.5 a list that has such a file refuses everything or forgets everybody.',
    'src/list/tunables.test.ts',
    'takes 0 for a limit where mlmmj does',
  ),
  differs(
    'The eight tokens of 1.3 that 1.5 dropped work in texts.',
    'Lists that 1.3 made have them in their texts.',
    'src/compose/text/tokens.test.ts',
    'tokenFinder() knows the names of mlmmj 1.3',
  ),
  differs(
    '$control NAME$ and $text NAME$ end without the last line end of the file.',
    'As 1.3; with 1.5 the rest of the line slips down.',
    'src/compose/text/tokens.test.ts',
    'tokenFinder() gives files of the list as template, without their last line end',
  ),
  differs(
    'X-Original-From: counts only with control/trustoriginalfrom.',
    'Anybody can write that header; 1.5 always believes it.',
    'test/house/_tunables.ts',
    'trustoriginalfrom',
  ),
]
