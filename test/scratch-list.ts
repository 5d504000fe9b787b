import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const folders = [
  'incoming',
  'queue/discarded',
  'archive',
  'text',
  'subconf',
  'unsubconf',
  'bounce',
  'control',
  'moderation',
  'subscribers.d',
  'digesters.d',
  'nomailsubs.d',
  'requeue',
]

/** An empty list directory that is gone after the test. */
export function scratchList(
  t: TestContext,
  control: Readonly<Record<string, string>> = {},
): string {
  const dir = mkdtempSync(join(tmpdir(), 'mlmmj-ts-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  for (const folder of folders) mkdirSync(join(dir, folder), { recursive: true })
  writeFileSync(join(dir, 'index'), '')
  const files = { listaddress: 'talk@example.net\n', owner: 'owner@example.org\n', ...control }
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(dir, 'control', name), content, 'latin1')
  return dir
}
