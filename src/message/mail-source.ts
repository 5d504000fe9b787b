import { BlockList, isIP, isIPv6 } from 'node:net'
import { asciiLower } from '../base/bytes.ts'
import type { Head } from './head.ts'

let made: BlockList | undefined

/** Hosts of our own, or behind the same wall: they hand on what others sent. */
function ownHosts(): BlockList {
  if (made !== undefined) return made
  made = new BlockList()
  for (const [net, bits] of [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ] as const)
    made.addSubnet(net, bits, 'ipv4')
  for (const [net, bits] of [
    ['::', 127],
    ['fc00::', 7],
    ['fe80::', 10],
  ] as const)
    made.addSubnet(net, bits, 'ipv6')
  return made
}

/**
 * Where a mail came from, so that one sender is known again under all his names: the network address
 * that our own mail server wrote into the first Received: field, an IPv6 one as its /64; or, when
 * that is a host of our own or missing, the envelope sender, which anybody can choose.
 */
export function sourceOf(head: Head, envelopeFrom: string): string {
  const trace = head.fields.find(({ name }) => name === 'received')?.value() ?? ''
  const address = clientIn(trace.slice(0, 2_048))
  return address === undefined ? asciiLower(envelopeFrom) : networkOf(address)
}

/** The address that a network client is counted under: itself, or its /64. */
export function networkOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!isIPv6(bare)) return bare
  const [front = '', back] = asciiLower(bare).replace(/%.*/, '').split('::')
  const head = front === '' ? [] : front.split(':')
  const tail = back === undefined || back === '' ? [] : back.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  const groups = back === undefined ? head : [...head, ...zeros, ...tail]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/**
 * `from NAME (HOST [192.0.2.1]) by …`: the last one in brackets before `by`. The name that the client
 * gave in HELO may itself be one, and Exim writes that behind `helo=`.
 */
function clientIn(trace: string): string | undefined {
  const from = trace.split(/\sby\s/i)[0] ?? ''
  const found = [...from.matchAll(/(helo=)?\[(?:IPv6:)?([0-9a-f.:]{2,45})\]/gi)]
    .filter(([, helo]) => helo === undefined)
    .map(([, , address = '']) => address)
    .filter((address) => isIP(address) !== 0)
    .at(-1)
  if (found === undefined) return undefined
  return ownHosts().check(found, isIPv6(found) ? 'ipv6' : 'ipv4') ? undefined : found
}
