import { writeFileSync } from 'node:fs'

/**
 * A reporter of node:test that says nothing, and writes the closing line of a run, as any machine can
 * read it, into the file that TOTALS_FILE names. It does so at once, since --test-force-exit does not
 * wait for what a reporter has still to write.
 */
export default async function* totals(events) {
  const counts = new Map()
  for await (const { type, data } of events) {
    if (type !== 'test:diagnostic') continue
    const [, name, count] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(data.message) ?? []
    if (name === undefined) continue
    counts.set(name, Number(count))
    writeFileSync(
      process.env.TOTALS_FILE,
      closingLine((wanted) => counts.get(wanted) ?? 0),
    )
  }
  yield ''
}

function closingLine(of) {
  const skipped = of('skipped') > 0 ? `, ${of('skipped')} skipped` : ''
  return `${of('pass')} passed, ${of('fail') + of('cancelled')} failed${skipped}\n`
}
