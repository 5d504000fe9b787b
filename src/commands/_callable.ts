import type { Command } from './_command.ts'
import { bounce } from './bounce.ts'
import { list } from './list.ts'
import { maintd } from './maintd.ts'
import { makeMl } from './make-ml.ts'
import { process } from './process.ts'
import { receive } from './receive.ts'
import { send } from './send.ts'
import { sub } from './sub.ts'
import { unsub } from './unsub.ts'

/** What the value of an option must be when somebody far away gives it. None is a free path. */
export type Kind =
  | 'flag'
  /** The name of a list below the spool, or its path. */
  | 'list'
  /** The name of a list to be made. */
  | 'name'
  /** The spool, or the directory of a domain in it. */
  | 'spool'
  /** A directory name below our own texts; empty for none. */
  | 'language'
  /** `-`, for what the caller sent along. */
  | 'input'
  /** What mlmmj-ts made: 16 digits [0-9a-f]. */
  | 'cookie'
  /** Up to 1,000 characters, none of them a control character; the command looks closer. */
  | 'text'

/** What of a command may be called from far away: these options, and no others. */
export interface Callable {
  readonly command: Command
  readonly takes: Readonly<Record<string, Kind>>
  /** Options without which it is not called, beside those that its table requires. */
  readonly needs?: readonly string[]
  /** Letters that mlmmj's own listener gave to options. */
  readonly letters?: Readonly<Record<string, string>>
  /** Set in each call. */
  readonly always?: readonly string[]
  /** What the service must look at afterwards: the list, or what lies in its incoming/. */
  readonly then?: 'changed' | 'stored'
}

const subscription = {
  list: 'list',
  address: 'text',
  file: 'input',
  ask: 'flag',
  quiet: 'flag',
  silent: 'flag',
  requested: 'flag',
  confirmed: 'flag',
  digest: 'flag',
  nomail: 'flag',
} as const

/** Files are what everything else names: nobody reads or writes one from far away. */
export const callables: readonly Callable[] = [
  {
    command: makeMl,
    takes: {
      name: 'name',
      domain: 'text',
      owner: 'text',
      spool: 'spool',
      language: 'language',
      force: 'flag',
      json: 'flag',
    },
    // With these three it asks no questions, one of which has a path for an answer.
    needs: ['name', 'domain', 'owner'],
    letters: { o: 'owner', l: 'language' },
    then: 'changed',
  },
  {
    command: sub,
    takes: { ...subscription, both: 'flag', welcome: 'flag', force: 'flag', permit: 'cookie' },
    then: 'changed',
  },
  {
    command: unsub,
    takes: { ...subscription, normal: 'flag', goodbye: 'flag', bouncing: 'flag', ignored: 'flag' },
    then: 'changed',
  },
  {
    command: list,
    takes: {
      list: 'list',
      normal: 'flag',
      digest: 'flag',
      nomail: 'flag',
      moderators: 'flag',
      owner: 'flag',
      count: 'flag',
      counts: 'flag',
      json: 'flag',
    },
  },
  {
    command: receive,
    // -F has no effect: the service processes what is stored at once, and nobody waits for a relay.
    takes: { list: 'list', sender: 'text', extension: 'text', foreground: 'flag' },
    always: ['store-only'],
    then: 'stored',
  },
  { command: process, takes: { list: 'list', worker: 'flag' }, needs: ['worker'] },
  { command: send, takes: { list: 'list', pending: 'flag' }, needs: ['list', 'pending'] },
  {
    command: bounce,
    takes: { list: 'list', address: 'text', number: 'text', probe: 'flag' },
    then: 'changed',
  },
  {
    command: maintd,
    takes: { list: 'list', directory: 'spool', once: 'flag' },
    needs: ['once'],
  },
]
