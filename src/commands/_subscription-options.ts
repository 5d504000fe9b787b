import type { Options } from './_command.ts'

/** What mlmmj-sub and mlmmj-unsub have in common. */
export const subscriptionOptions = {
  list: {
    type: 'string',
    short: 'L',
    required: true,
    placeholder: 'DIR',
    help: 'the list directory',
  },
  address: { type: 'string', short: 'a', placeholder: 'ADDRESS', help: 'whose subscription' },
  file: {
    type: 'string',
    placeholder: 'FILE',
    help: 'a file of addresses, one on a line (- is standard input); nobody is asked, neither gatekeepers nor owner hear of it',
  },
  ask: { type: 'boolean', short: 'C', help: 'ask the address by mail whether it wants this' },
  quiet: { type: 'boolean', short: 'q', help: 'do not tell the owner' },
  silent: {
    type: 'boolean',
    short: 's',
    help: 'do not tell the address that there was nothing to do',
  },
  requested: { type: 'boolean', short: 'r', help: 'say that it was asked for by mail' },
  confirmed: { type: 'boolean', short: 'R', help: 'say that it was confirmed by mail' },
  'keep-user': {
    type: 'boolean',
    short: 'U',
    help: 'as root, do not become the user who owns the list',
  },
} as const satisfies Options
