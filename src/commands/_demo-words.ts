import { join } from 'node:path'
import type { MailServer } from '../listener/mail-server.ts'
import type { Outbox, SentMail } from '../listener/outbox.ts'

/** A mail and its envelope, as somebody at the terminal likes to see it. */
export function showMail({ from, to, bytes }: SentMail): void {
  const lines = bytes.toString('utf8').trimEnd().split('\r\n')
  say(
    `MAIL FROM:<${from}>`,
    `RCPT TO:<${to.join('>, <')}>`,
    ...lines.map((line) => `  | ${line}`),
    '',
  )
}

/** What one can do now. */
export function explain(
  dir: string,
  outboxDir: string,
  lmtp: MailServer,
  smtp: MailServer,
  outbox: Outbox,
): void {
  say(
    'Now it is yours, until Ctrl-C:',
    `  LMTP on 127.0.0.1:${lmtp.port}, SMTP on 127.0.0.1:${smtp.port}, outbox on port ${outbox.port}`,
    `  post       swaks --server 127.0.0.1:${smtp.port} --from ann@example.org --to talk@lists.example.org`,
    `  subscribe  bin/mlmmj-sub -L ${dir} -a bob@example.net`,
    `  who is in  bin/mlmmj-list -L ${dir}`,
    `  what left  ls ${outboxDir}`,
    `  settings   ls ${join(dir, 'control')}; what each means: docs/reference/tunables.md`,
  )
}

export function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}
