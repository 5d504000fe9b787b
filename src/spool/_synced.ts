import { fsync } from 'node:fs'

/** Waits until what was written to an open file, or changed in an open directory, is on disk. */
export function synced(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(file, (thrown) => (thrown === null ? resolve() : reject(thrown)))
  })
}
