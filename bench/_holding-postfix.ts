import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startPostfix } from '../test/postfix/_postfix.ts'
import { run } from '../test/_program.ts'

/** Debian's Postfix, which takes mail into its queue and leaves it there. */
export interface HoldingPostfix extends AsyncDisposable {
  readonly port: number
  readonly scratch: string
  /** Checks that mail for so many recipients lies in the queue, and takes it out. */
  forget(recipients: number): Promise<void>
}

export async function holdingPostfix(): Promise<HoldingPostfix> {
  const postfix = await startPostfix(
    9,
    'smtpd_client_restrictions = check_client_access static:HOLD\nmessage_size_limit = 60000000\n',
  )
  const postconf = ['-c', postfix.configDir]
  return {
    port: postfix.outPort,
    scratch: postfix.scratch,
    async forget(recipients) {
      const held = await readdir(join(postfix.scratch, 'queue', 'hold'))
      assert.ok(held.length > 0)
      const { stdout } = await run('/usr/sbin/postqueue', [...postconf, '-j'], { ms: 120_000 })
      const found = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { recipients: unknown[] })
        .reduce((sum, mail) => sum + mail.recipients.length, 0)
      assert.equal(found, recipients, `${found} recipients are in the queue`)
      await done('/usr/sbin/postsuper', [...postconf, '-d', 'ALL'])
    },
    [Symbol.asyncDispose]: () => postfix[Symbol.asyncDispose](),
  }
}

async function done(path: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(path, args, { ms: 120_000 })
  assert.equal(code, 0, `${path}: ${stderr}`)
}
