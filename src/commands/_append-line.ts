import { open } from 'node:fs/promises'
import { errnoOf, Fault } from '../base/fault.ts'

/**
 * Adds a line to a file of the system such as /etc/aliases, unless the file has it. The file is
 * made when it is missing; a last line without end is ended first.
 *
 * @throws Fault notAllowed
 */
export async function appendLine(path: string, line: string): Promise<'added' | 'there'> {
  try {
    const file = await open(path, 'a+', 0o644)
    try {
      const content = await file.readFile('utf8')
      if (content.split('\n').includes(line)) return 'there'
      await file.appendFile(`${content === '' || content.endsWith('\n') ? '' : '\n'}${line}\n`)
      await file.sync()
      return 'added'
    } finally {
      await file.close()
    }
  } catch (thrown) {
    throw new Fault('notAllowed', `${path} cannot be changed (${errnoOf(thrown) ?? '?'})`, thrown)
  }
}
