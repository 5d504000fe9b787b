/** The parts of a text's name, as `%ifaction%` and its kind ask for them (spec listtexts 3.2). */
export interface TextParts {
  readonly action?: string | undefined
  readonly reason?: string | undefined
  readonly type?: string | undefined
}

/** What a list text may pull in from its list. Contents are byte strings. */
export interface TextSources {
  /** A file of the list's text/. */
  text(name: string): string | undefined
  /** A file of the list's control/. */
  control(name: string): string | undefined
  /** Whether anything of that name is in control/, be it empty. */
  controlExists(name: string): boolean
}

/** What a `$name$` stands for. Only what comes from the list's own files is `live`: read as template. */
export interface Token {
  readonly text: string
  readonly live: boolean
}

/** What a `%name%` stands for: a line for each item. Items are plain text unless `live`. */
export interface Items {
  readonly items: Iterable<string>
  readonly live: boolean
}

/** All that a list text can refer to. */
export interface Material {
  readonly parts: TextParts
  readonly sources: TextSources
  token(name: string): Token | undefined
  list(name: string): Items | undefined
  /** The lines of the mail that the text is about, one by one; absent where there is none. */
  readonly original: Iterable<string> | undefined
}
