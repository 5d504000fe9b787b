import assert from 'node:assert/strict'
import { readdir, stat, utimes } from 'node:fs/promises'
import type { ScratchList } from './_list.ts'
import { post, type PostParts } from './_mail.ts'
import { processesWith } from './_processes.ts'
import { command, type House, type RunOptions } from './_program.ts'
import type { Sink } from './_sink.ts'
import { until } from './_until.ts'

/** One program with a list and a relay of its own, and what it has said so far. */
export interface Stage {
  readonly house: House
  readonly list: ScratchList
  readonly sink: Sink
  /** Of every command: its name, its exit code, and what mlmmj-list printed. */
  readonly said: string[]
}

/** Something that happens to a list. Both programs go through the same ones. */
export type Step = (stage: Stage) => Promise<void>

/** A mail comes to the list itself. */
export function receives(
  mail: string,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Step {
  return async (stage) => {
    const stdin = await filled(stage, mail)
    await play(stage, 'receive', ['-F', '-L', stage.list.dir, ...flags], { stdin, env })
  }
}

/**
 * Joe writes to an address below the list. `{subconf}` and `{unsubconf}` stand for the first cookie
 * there, `{list}` for its directory, `{held}` for that of a post and `{asked}` for that of a subscription that is held.
 */
export function writes(extension: string, parts: PostParts = {}): Step {
  return receives(post({ to: `talk+${extension}@example.org`, ...parts }))
}

/** A command of the shell; `-L` and the list are put in front of its arguments. */
export function runs(name: string, ...args: readonly string[]): Step {
  return async (stage) => {
    const words = await Promise.all(args.map((word) => filled(stage, word)))
    await play(stage, name, ['-L', stage.list.dir, ...words])
  }
}

/** As runs(), without `-L` and with something to read; for mlmmj-make-ml. */
export function asks(name: string, args: readonly string[], stdin = ''): Step {
  return async (stage) => {
    const words = await Promise.all(args.map((word) => filled(stage, word)))
    await play(stage, name, words, { stdin })
  }
}

export function maintains(): Step {
  return runs('maintd', '-F')
}

/** Makes a file, or everything on a shelf, that many seconds older. */
export function ages(path: string, seconds: number): Step {
  return async ({ list }) => {
    const isShelf = (await stat(list.path(path))).isDirectory()
    for (const name of isShelf ? await readdir(list.path(path)) : ['']) {
      const { mtimeMs } = await stat(list.path(path, name))
      const then = mtimeMs / 1_000 - seconds
      await utimes(list.path(path, name), then, then)
    }
  }
}

/** An administrator writes a file; `{now-N}` in it is the time N seconds ago. */
export function puts(path: string, content: string): Step {
  return async (stage) => stage.list.write(await filled(stage, path), await filled(stage, content))
}

/** An administrator removes a file. */
export function drops(path: string): Step {
  return ({ list }) => list.remove(path)
}

export function relayUp(): Step {
  return ({ sink }) => sink.listen(sink.port)
}

export function relayDown(): Step {
  return ({ sink }) => sink.close()
}

async function play(
  { house, list, said }: Stage,
  name: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  const { code, signal, stdout } = await command(house, `mlmmj-${name}`, args, options)
  const shown = name === 'list' ? `: ${stdout.split('\n').sort().join(' ').trim()}` : ''
  said.push(`${name} ${signal ?? code}${shown}`)
  await until(
    // mlmmj 1.3 leaves children behind.
    () => processesWith(list.dir).length === 0,
    20_000,
    () => `the end of ${house.name}'s mlmmj-${name}`,
  )
}

/** Puts in what only this stage knows. */
async function filled({ list }: Stage, text: string): Promise<string> {
  const held = (await list.names('moderation')).filter((name) => !name.includes('.'))
  const [subconf, unsubconf] = [await list.names('subconf'), await list.names('unsubconf')]
  const known: Readonly<Record<string, string | undefined>> = {
    list: list.dir,
    subconf: subconf[0],
    unsubconf: unsubconf[0],
    held: held.find((name) => !name.startsWith('subscribe')),
    asked: held.find((name) => name.startsWith('subscribe'))?.slice('subscribe'.length),
  }
  return text.replace(/\{(?:now-(\d+)|([a-z]+))\}/g, (_, seconds?: string, name = '') => {
    if (seconds !== undefined) return String(Math.floor(Date.now() / 1_000) - Number(seconds))
    const value = known[name as string]
    assert.ok(value !== undefined, `there is no ${name as string} now`)
    return value
  })
}
