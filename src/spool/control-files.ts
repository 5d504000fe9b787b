import { readdir, stat } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { diskFault, unless } from './_trouble.ts'

/** The names in control/, sorted, hidden ones too; none when there is no such directory. */
export async function controlFiles(listDir: string): Promise<readonly string[]> {
  try {
    return (await unless(['ENOENT', 'ENOTDIR'], readdir(pathOn(listDir, 'control')), [])).sort()
  } catch (thrown) {
    throw diskFault(thrown, 'control')
  }
}

/** Whether a control file has no bytes; false when it is no regular file. */
export async function isEmptyControl(listDir: string, name: string): Promise<boolean> {
  const facts = await unless(
    ['ENOENT', 'EACCES'],
    stat(pathOn(listDir, 'control', name)),
    undefined,
  )
  return facts?.isFile() === true && facts.size === 0
}

/** A text that differs whenever a control file was added, removed or changed. */
export async function controlStamp(listDir: string): Promise<string> {
  const words: string[] = []
  for (const name of await controlFiles(listDir)) {
    const facts = await unless(
      ['ENOENT', 'EACCES', 'ELOOP'],
      stat(pathOn(listDir, 'control', name)),
      undefined,
    )
    words.push(`${name}\0${facts?.ino}\0${facts?.size}\0${facts?.mtimeMs}\0${facts?.ctimeMs}`)
  }
  return words.join('\n')
}
