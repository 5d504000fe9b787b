/**
 * The lines that go behind a `list` text which names no list of members itself: readers, then who
 * gets no mail, then who gets digests (spec listtexts 12.4). Programs read this, so it is fixed.
 */
export function* membersAppendix(
  lists: Readonly<Record<string, Iterable<string>>>,
): Generator<string> {
  yield* lists['normalsubs'] ?? []
  yield* ['', '-- ']
  yield* lists['nomailsubs'] ?? []
  yield* ['', '-- ']
  yield* lists['digestsubs'] ?? []
  yield* ['', '-- ', 'end of output']
}
