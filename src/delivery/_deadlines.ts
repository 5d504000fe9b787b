/** How long each step may take, in milliseconds. */
export interface Deadlines {
  readonly connect: number
  readonly greeting: number
  readonly hello: number
  readonly mail: number
  readonly rcpt: number
  readonly data: number
  /** For the relay to take each block of a mail from us. */
  readonly block: number
  /** For the reply to the final dot. */
  readonly dot: number
  readonly quit: number
  /** After the signal to stop: how long a mail that is already out may wait for its reply. */
  readonly stop: number
  /** Between a connection that came to nothing and the next try. */
  readonly pause: number
}

const minute = 60_000

/** RFC 5321 4.5.3.2; the ones it does not name are ours. */
export const patience: Deadlines = {
  connect: 30_000,
  greeting: 5 * minute,
  hello: 5 * minute,
  mail: 5 * minute,
  rcpt: 5 * minute,
  data: 2 * minute,
  block: 3 * minute,
  dot: 10 * minute,
  quit: 2_000,
  stop: 5_000,
  pause: 1_000,
}
