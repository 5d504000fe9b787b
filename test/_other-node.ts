import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ours, run, type Ended } from './_program.ts'

/** Calls a command of ours where `node` is a script of the test; `$NODE` in it is the real one. */
export async function runWithNode(
  node: string,
  name: string,
  args: readonly string[],
  stdin = '',
): Promise<Ended> {
  const dir = await mkdtemp(join(tmpdir(), 'mlmmj-node-'))
  try {
    await writeFile(join(dir, 'node'), `#!/bin/sh\nNODE='${process.execPath}'\n${node}\n`)
    await chmod(join(dir, 'node'), 0o755)
    return await run(join(ours.bin, name), args, { env: { PATH: `${dir}:/usr/bin:/bin` }, stdin })
  } finally {
    await rm(dir, { recursive: true })
  }
}
