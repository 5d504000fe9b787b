import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Every TypeScript file below the folders, with its path from the project's root. */
export function sourcesBelow(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.m?ts$/.test(name))
      .map((name) => join(folder, name))
      .sort(),
  )
}

/** Prints what a check found; it has passed when there is nothing to say (house 25). */
export function report(found: readonly string[]): void {
  for (const line of found) process.stdout.write(`${line}\n`)
  if (found.length > 0) process.exitCode = 1
}
