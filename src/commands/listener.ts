import { once } from 'node:events'
import { relayHost } from '../app.ts'
import { events } from '../base/events.ts'
import { asFault } from '../base/fault.ts'
import { actAsSpoolOwner } from '../flows/act-as-owner.ts'
import { logEvents } from '../listener/service-log.ts'
import { askHealth } from './_ask-health.ts'
import { command } from './_command.ts'
import type { Context } from './_context.ts'

/** The service beside a mail server (docs/deploy.md). */
export const listener = command({
  name: 'listener',
  summary: 'take mail and commands from a mail server on this or another machine',
  example: '',
  options: {
    ready: { type: 'boolean', help: 'ask the service that runs whether it is ready, and end' },
  },
  delivers: true,
  faults: ['badSettings', 'spoolTrouble', 'notThere', 'busy'],
  async run({ ready }, context) {
    if (ready) return await askHealth(context.listener, context.stdout)
    await serve(context)
  },
})

async function serve(context: Context): Promise<void> {
  const { house, spoolDir, stdout, complaints } = context
  const { stop = new AbortController().signal, chance } = house
  const begun = chance.ticks()
  const endLog = logEvents(chance, (line) => void stdout.write(line))
  try {
    await actAsSpoolOwner(spoolDir)
    for (const why of complaints) events.settingIgnored(spoolDir, 'environment', why)
    // Packages come with it, which no other command needs.
    const { openService } = await import('../listener/service.ts')
    const service = await openService(house, context)
    const { ports } = service
    const ms = Math.round(chance.ticks() - begun)
    events.serviceStarted({ spool: spoolDir, ...ports, relay: await relayNamed(context), ms })
    const endSignals = obeySignals(() => void service.runNow())
    try {
      if (!stop.aborted) await once(stop, 'abort')
    } finally {
      endSignals()
    }
    const asked = chance.ticks()
    events.serviceStopping('a signal to end')
    await service.close()
    events.serviceStopped(Math.round(chance.ticks() - asked))
  } finally {
    endLog()
  }
}

/** Where mail goes out, as a person reads it. It is found anew for each delivery. */
async function relayNamed({ relay }: Context): Promise<string> {
  try {
    const what = relay.host === 'gateway' ? ' (the default gateway)' : ''
    const tls = relay.tls === 'off' ? '' : `, TLS: ${relay.tls}`
    return `${await relayHost(relay)}:${relay.port}${what}${tls}`
  } catch (thrown) {
    return asFault(thrown).message
  }
}

/** SIGUSR1 and SIGHUP: work now. Ctrl-C ends the service as SIGTERM does. @returns what ends that. */
function obeySignals(runNow: () => void): () => void {
  const interrupt = () => void process.kill(process.pid, 'SIGTERM')
  process.on('SIGUSR1', runNow).on('SIGHUP', runNow).once('SIGINT', interrupt)
  return () => {
    process.off('SIGUSR1', runNow).off('SIGHUP', runNow).off('SIGINT', interrupt)
  }
}
