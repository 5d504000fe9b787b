/** A reporter of node:test that says only the closing line of a run, as any machine can read it. */
export default async function* totals(events) {
  const counts = new Map()
  for await (const { type, data } of events) {
    if (type !== 'test:diagnostic') continue
    const [, name, count] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(data.message) ?? []
    if (name !== undefined) counts.set(name, Number(count))
  }
  const of = (wanted) => counts.get(wanted) ?? 0
  const skipped = of('skipped') > 0 ? `, ${of('skipped')} skipped` : ''
  yield `${of('pass')} passed, ${of('fail') + of('cancelled')} failed${skipped}\n`
}
