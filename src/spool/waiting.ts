import { stat } from 'node:fs/promises'
import { pathOn } from './_layout.ts'
import { unless } from './_trouble.ts'

/** The directories of a list that somebody else may put something into, and what each is. */
export function placesOf(listDir: string): {
  readonly incoming: string
  readonly control: string
  readonly text: string
} {
  return {
    incoming: pathOn(listDir, 'incoming'),
    control: pathOn(listDir, 'control'),
    text: pathOn(listDir, 'text'),
  }
}

/** Tells a directory from another that has its name later; undefined when there is none. */
export async function folderIdentity(dir: string): Promise<string | undefined> {
  const facts = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], stat(dir), undefined)
  return facts?.isDirectory() ? `${facts.dev}/${facts.ino}` : undefined
}
