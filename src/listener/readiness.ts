import { connect } from 'node:net'
import { spoolFinding } from '../flows/check-list.ts'
import type { Maintenance } from './maintenance.ts'

/** How long the LMTP side may take to greet (milliseconds). */
const greetingMs = 2_000

/** Why the service cannot do its work now, as sentences; none when it can. */
export async function whyNotReady(facts: {
  readonly spoolDir: string
  readonly lmtp: { readonly host: string; readonly port: number }
  readonly maintenance: Pick<Maintenance, 'staleness'>
}): Promise<readonly string[]> {
  const reasons = await Promise.all([
    spoolTrouble(facts.spoolDir),
    greetingTrouble(facts.lmtp),
    facts.maintenance.staleness(),
  ])
  return reasons.filter((reason) => reason !== undefined)
}

/** @throws Fault spoolTrouble when it cannot even be looked at. */
async function spoolTrouble(spoolDir: string): Promise<string | undefined> {
  const found = await spoolFinding(spoolDir)
  return found && `the spool ${spoolDir} ${found.why}; this mends it: ${found.mend}`
}

/** A real connection: the port may be taken and nobody be at home. */
async function greetingTrouble({
  host,
  port,
}: {
  host: string
  port: number
}): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ host: reachable(host), port })
    const late = setTimeout(() => end('LMTP does not greet in time'), greetingMs)
    function end(why: string | undefined): void {
      clearTimeout(late)
      socket.destroy()
      resolve(why)
    }
    socket.once('error', () => end('LMTP cannot be reached'))
    socket.once('data', (chunk: Buffer) => {
      // Who says QUIT is missed by nobody.
      socket.end('QUIT\r\n')
      end(chunk.toString('latin1').startsWith('220 ') ? undefined : 'LMTP is too busy to greet')
    })
  })
}

/** Where a socket that listens on every address can be reached. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}
