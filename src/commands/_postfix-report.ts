import { postconfCalls, type PostfixPlan } from '../flows/postfix-setup.ts'

/**
 * A plan as a person reads it, and a shell could run it: each edit as a command with its reason,
 * what is so already, and what else is to know.
 */
export function planReport(plan: PostfixPlan, configDir: string, made: boolean): string {
  const { edits, settings, notes } = plan
  const parts = made ? [] : plan.unended.map((file) => ending(`${configDir}/${file}`))
  for (const edit of edits) {
    const reasons = settings.filter(({ file, name }) => file === edit.file && name === edit.name)
    const why = reasons.map((setting) => setting.why)
    if (reasons.length === 0) why.push('No longer needed.')
    const now = edit.from === undefined ? 'not set' : edit.from
    parts.push(
      [...why.map(comment), comment(`until now: ${now}`), shell(configDir, edit)].join('\n'),
    )
  }
  const ready = settings.filter(
    ({ file, name }) => !edits.some((edit) => edit.file === file && edit.name === name),
  )
  if (ready.length > 0)
    parts.push(ready.map(({ name }) => comment(`as it should be already: ${name}`)).join('\n'))
  parts.push(...notes.map((note) => comment(`Note: ${note}`)))
  if (edits.length === 0) return `${parts.join('\n\n')}\n\n# Nothing is to be done.\n`
  const reload = `postfix -c ${quoted(configDir)} reload`
  const end = made ? `# This has been done. Postfix reads it after: ${reload}` : reload
  return `${[...parts, end].join('\n\n')}\n`
}

/** What was undone. */
export function undoReport(edits: PostfixPlan['edits'], configDir: string): string {
  if (edits.length === 0) return '# There was nothing to undo.\n'
  const lines = edits.map((edit) => shell(configDir, edit))
  const end = `# This has been done. Postfix reads it after: postfix -c ${quoted(configDir)} reload`
  return `${[...lines, end].join('\n')}\n`
}

function shell(configDir: string, edit: PostfixPlan['edits'][number]): string {
  return postconfCalls([edit])
    .map(({ args }) => ['postconf', '-c', configDir, ...args].map(quoted).join(' '))
    .join('\n')
}

function ending(path: string): string {
  return `${comment('The last line of this file has no end: what is added would become part of it.')}
echo >> ${quoted(path)}`
}

function comment(text: string): string {
  return `# ${text}`
}

function quoted(word: string): string {
  return /^[A-Za-z0-9/._@%+:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
