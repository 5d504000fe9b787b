import { bytesFromText } from '../base/bytes.ts'
import { Fault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { probeBouncer } from '../flows/bouncers.ts'
import { logEventsTo } from '../flows/log-events.ts'
import { openList } from '../flows/open-list.ts'
import { takeKnownBounce, takeReportFile } from '../flows/take-bounce.ts'
import { parseAddress } from '../message/address.ts'
import { readBounceExtension } from '../message/verp.ts'
import { atMostOne, command } from './_command.ts'

/** Notes a bounce, or probes an address that bounces (spec spool 4.8). */
export const bounce = command({
  name: 'bounce',
  summary: 'note that mail to a subscriber came back',
  example: '-L /var/spool/mlmmj/talk -a ann=example.org -n 12',
  options: {
    list: {
      type: 'string',
      short: 'L',
      required: true,
      placeholder: 'DIR',
      help: 'the list directory',
    },
    address: {
      type: 'string',
      short: 'a',
      placeholder: 'USER=DOMAIN',
      help: 'whose mail came back; the cookie for -n confsub and -n confunsub',
    },
    report: {
      type: 'boolean',
      short: 'd',
      help: 'read from the delivery report given by -m whose mail came back',
    },
    number: {
      type: 'string',
      short: 'n',
      placeholder: 'N',
      help: 'which post came back, by its number; or confsub, confunsub, probe for those mails',
    },
    mail: {
      type: 'string',
      short: 'm',
      placeholder: 'FILE',
      help: 'the mail that came back; it is kept beside the record or removed',
    },
    probe: { type: 'boolean', short: 'p', help: 'ask the address whether it works again' },
  },
  delivers: true,
  faults: ['badAddress', 'badSettings', 'noSuchFile', 'noSuchList', 'spoolTrouble', 'spoolFull'],
  async run(values, { house }) {
    const { list: dir, address, report, number, mail, probe } = values
    atMostOne(values, ['number', 'probe'])
    atMostOne(values, ['address', 'report'])
    atMostOne(values, ['probe', 'report'])
    if (address === undefined && !report)
      throw new Fault('badUsage', 'one of -a (--address) and -d (--report) must be given')
    if (number === undefined && !probe)
      throw new Fault('badUsage', 'one of -n (--number) and -p (--probe) must be given')
    if (number !== undefined && !/^\w{1,40}$/.test(number))
      throw new Fault('badUsage', 'the number after -n has nothing but digits, or is a word')
    if (report && mail === undefined)
      throw new Fault('badUsage', '-d (--report) needs the report: -m (--mail)')

    await actAsOwner(dir, 'required')
    logEventsTo(house, dir)
    const list = await openList(dir)
    const which = number ?? 'probe'
    if (report) return await takeReportFile(house, list, which, mail ?? '')
    const to = bouncedTo(which, address ?? '')
    if (probe) return void (await probeBouncer(house, list, parseAddress(to.address ?? to.suffix)))
    if ((await takeKnownBounce(house, list, to, mail)) === 'refused')
      throw new Fault('spoolTrouble', `what is in bounce/ under this address is no record`)
  },
})

/** USER=DOMAIN, as in a bounce address; who types USER@DOMAIN means the same. */
function bouncedTo(which: string, typed: string) {
  const { suffix = '', address } = readBounceExtension(`${which}-${bytesFromText(typed)}`)
  return { which, suffix, address: suffix.includes('@') ? suffix : address }
}
