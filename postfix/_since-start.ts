/**
 * Milliseconds since this process began, by a clock that nobody sets. performance.now() says the
 * same, but Node loads all that measures performance for it.
 */
export function sinceStart(): number {
  return process.uptime() * 1000
}
