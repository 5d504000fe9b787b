/**
 * Work that is left for matching one mail, in steps of some ten nanoseconds at worst. Shared by all
 * rules and headers of that mail, because both the rule and the header may be meant to cost time.
 */
export interface Fuel {
  left: number
}

/** A POSIX extended regular expression as glibc reads it: ASCII letters fold, bytes are characters. */
export interface Ere {
  /**
   * Whether a part of the subject (a byte string) matches.
   * @throws Fault tooBig when the fuel does not suffice.
   */
  matches(subject: string, fuel: Fuel): boolean
  /** What the writer of the expression should know, each a sentence without full stop. */
  readonly warnings: readonly string[]
}

/** @throws Fault badSettings for what glibc refuses, and for what would need too much memory. */
export type CompileEre = (pattern: string) => Ere
