import { resolve } from 'node:path'
import { applyPostfix, planPostfix, undoPostfix } from '../flows/postfix-setup.ts'
import { atMostOne, command } from './_command.ts'
import { planReport, undoReport } from './_postfix-report.ts'
import { wishFrom } from './_postfix-wish.ts'

/** Makes a Postfix hand the mail for lists to the service, or tells how. */
export const postfix = command({
  name: 'postfix',
  summary: 'show or make the settings of a Postfix that bring mail to the lists',
  example: '--apply --domains lists.example.org',
  options: {
    plan: { type: 'boolean', help: 'show what would be done, and why (this is the default)' },
    apply: { type: 'boolean', help: 'do it' },
    undo: { type: 'boolean', help: 'take back what --apply did' },
    config: { type: 'string', placeholder: 'DIR', help: 'where main.cf is, /etc/postfix' },
    mode: { type: 'string', placeholder: 'lmtp|pipe', help: 'how a mail is handed over, lmtp' },
    lookup: {
      type: 'string',
      placeholder: 'socketmap|maps',
      help: 'ask the service for lists, or read its maps; socketmap, but maps for a pipe',
    },
    domains: {
      type: 'string',
      placeholder: 'NAMES',
      help: 'domains that have nothing but lists; those of others are found by themselves',
    },
    service: { type: 'string', placeholder: 'HOST', help: 'where the service is, 127.0.0.1' },
    spool: { type: 'string', short: 's', placeholder: 'DIR', help: 'where lists are kept' },
    maps: {
      type: 'string',
      placeholder: 'DIR',
      help: 'where the service writes its maps, as Postfix sees it',
    },
    type: {
      type: 'string',
      placeholder: 'TYPE',
      help: 'of the maps: lmdb or hash if they are there, else regexp; texthash',
    },
    dummy: {
      type: 'string',
      placeholder: 'DOMAIN',
      help: 'stands for the lists inside of Postfix, localhost.mlmmj',
    },
    'lmtp-port': { type: 'string', placeholder: 'N', help: "the service's port for LMTP, 8024" },
    'socketmap-port': { type: 'string', placeholder: 'N', help: 'its port for look-ups, 7778' },
    'http-port': { type: 'string', placeholder: 'N', help: 'its port for the client, 7777' },
    user: { type: 'string', placeholder: 'USER', help: 'who runs the client of a pipe, nobody' },
    client: { type: 'string', placeholder: 'FILE', help: 'the path of postfix_incoming' },
    'token-file': {
      type: 'string',
      placeholder: 'FILE',
      help: 'the token for the client, mlmmj.token beside main.cf',
    },
    json: { type: 'boolean', help: 'print the result as one JSON object' },
  },
  faults: ['notThere', 'notAllowed', 'badSettings', 'spoolTrouble'],
  async run(values, { stdout, spoolDir, listener }) {
    atMostOne(values, ['plan', 'apply', 'undo'])
    const config = resolve(values.config ?? '/etc/postfix')
    if (values.undo) {
      const edits = await undoPostfix(config)
      const report = values.json ? `${JSON.stringify({ edits })}\n` : undoReport(edits, config)
      return void (await stdout.write(report))
    }
    const tokenFile = values['token-file'] ?? `${config}/mlmmj.token`
    const spool = values.spool ?? spoolDir
    const wish = await wishFrom({ ...values, spool, 'token-file': tokenFile }, listener)
    const plan = await (values.apply ? applyPostfix(config, wish) : planPostfix(config, wish))
    const report = values.json
      ? `${JSON.stringify(plan)}\n`
      : planReport(plan, config, values.apply)
    await stdout.write(report)
  },
})
