import { addressBelow, type Identity } from '../list/identity.ts'
import type { Settings } from '../list/tunables.ts'
import { mailDate, messageId } from '../message/date.ts'
import { digestThreads, type DigestPost } from './digest-threads.ts'
import { renderDigestText } from './text/digest-text.ts'
import type { TextSources } from './text/material.ts'
import type { Stamp } from './text/render-mail.ts'

/** What a digest is made of, beside the posts themselves. */
export interface DigestOrder {
  readonly identity: Identity
  readonly settings: Settings
  readonly issue: number
  /** The numbers it deals with, both included; some may have no post. */
  readonly first: number
  readonly last: number
  readonly posts: readonly DigestPost[]
  /** Header lines by which lists know what they have sent before (marksOf), the list's own among them. */
  readonly marks: readonly string[]
  /** The list text; undefined when the list has none. */
  readonly template: string | undefined
  readonly sources: TextSources
  readonly stamp: Omit<Stamp, 'randoms'>
}

/**
 * A digest but for its posts. Line ends are LF. It is `opening`, then `partOpening` and the bytes of
 * the post for each post, then `closing`.
 */
export interface Digest {
  /** What the boundary must not occur in, like the posts. */
  readonly text: Buffer
  /** What is wrong with the list text, for the log. */
  readonly warnings: readonly string[]
  opening(boundary: string): Buffer
  partOpening(boundary: string, number: number): Buffer
  closing(boundary: string): Buffer
}

/**
 * Composes a digest (RFC 2046 5.1.5, spec mailflow 8.2): one Subject, and Date and Message-ID, which
 * mlmmj leaves out. Its posts may hold bytes above 127, which RFC 2045 6.4 wants said outside too.
 *
 * @throws Fault badSettings when the list text takes more work than any list needs.
 */
export function composeDigest(order: DigestOrder): Digest {
  const { identity, settings, issue, first, last, posts, template, sources } = order
  const { subject, body, warnings } = renderDigestText(template, {
    request: { purpose: 'digest' },
    identity,
    values: {
      digestfirst: String(first),
      digestlast: String(last),
      digestinterval: first === last ? String(first) : `${first}-${last}`,
      digestissue: String(issue),
    },
    lists: { digestthreads: digestThreads(posts, settings.prefix) },
    sources,
  })
  const text = template === undefined || settings.nodigesttext ? undefined : body
  return {
    text: text ?? Buffer.alloc(0),
    warnings,
    opening: (boundary) =>
      Buffer.concat([
        bytes([...headerLines(order, boundary, subject), '']),
        text === undefined ? bytes([]) : partHead(boundary, 'text/plain; charset=UTF-8'),
        text ?? bytes([]),
      ]),
    partOpening: (boundary, number) =>
      partHead(boundary, 'message/rfc822', [
        `Content-Disposition: inline; filename="${fileName(identity)}_${number}.eml"`,
      ]),
    closing: (boundary) => bytes(['', `--${boundary}--`]),
  }
}

function headerLines(
  { identity, settings, marks, stamp }: DigestOrder,
  boundary: string,
  subject: string,
): readonly string[] {
  const { epochMs, zoneMinutes, pid, random } = stamp
  return [
    `From: ${addressBelow(identity, 'help')}`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/digest; boundary="${boundary}"`,
    'Content-Transfer-Encoding: 8bit',
    subject,
    `Date: ${mailDate(epochMs, zoneMinutes)}`,
    `Message-ID: ${messageId(epochMs, pid, random, identity.fqdn)}`,
    'Auto-Submitted: auto-generated',
    ...customLines(settings.customheaders),
    ...marks,
  ]
}

/** An empty line would end the header. */
function customLines(customheaders = ''): readonly string[] {
  return customheaders.split(/\r*\n/).filter((line) => line !== '')
}

/** The empty line in front belongs to the boundary, not to what ends there (RFC 2046 5.1.1). */
function partHead(boundary: string, type: string, more: readonly string[] = []): Buffer {
  return bytes([
    '',
    `--${boundary}`,
    `Content-Type: ${type}`,
    'Content-Transfer-Encoding: 8bit',
    ...more,
    '',
  ])
}

/** What would end the quoted string is left out. */
function fileName({ name }: Identity): string {
  return name.replace(/["\\]/g, '')
}

function bytes(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1')
}
