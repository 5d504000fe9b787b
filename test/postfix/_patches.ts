import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transaction } from '../_sink.ts'
import { send } from './_postfix.ts'

const environment = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Joe Example',
  GIT_AUTHOR_EMAIL: 'joe@example.org',
  GIT_AUTHOR_DATE: '2026-11-21T12:00:00+0000',
  GIT_COMMITTER_NAME: 'Joe Example',
  GIT_COMMITTER_EMAIL: 'joe@example.org',
  GIT_COMMITTER_DATE: '2026-11-21T12:00:00+0000',
}

async function git(dir: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await send('/usr/bin/git', ['-C', dir, ...args], { env: environment })
  return stdout.trim()
}

/** Lines that mail systems like to change. */
const delicate = [
  'From here on it matters',
  '.',
  '..two',
  '>From quoted',
  'blanks at the end   ',
  '\ttab',
  'gr\u00fc\u00dfe, \u65e5\u672c',
  'x'.repeat(900),
  '-- ',
  'the end',
]

/** Three commits over an empty start, and the same as patches. */
export async function patchSeries(scratch: string) {
  const repository = join(scratch, 'repository')
  await mkdir(repository)
  await git(repository, 'init', '--quiet', '--initial-branch=main')
  await git(repository, 'commit', '--quiet', '--allow-empty', '-m', 'start')
  for (const n of [1, 2, 3]) {
    const lines = delicate.map((line) => (line === '.' ? line : `${line} ${n}`))
    await writeFile(join(repository, `file-${n}.txt`), `${lines.join('\n')}\n`)
    await writeFile(join(repository, 'all.txt'), `${delicate.slice(0, 3 * n).join('\n')}\n`)
    await git(repository, 'add', '.')
    await git(
      repository,
      'commit',
      '--quiet',
      '-m',
      `change ${n}: gr\u00fc\u00dfe\n\nWith reasons.\n`,
    )
  }
  const folder = join(scratch, 'patches')
  await git(repository, 'format-patch', '--quiet', '-o', folder, 'HEAD~3')
  const names = (await readdir(folder)).sort()
  return { repository, paths: names.map((name) => join(folder, name)) }
}

/** Sends patches as their author would. */
export async function sendPatches(
  paths: readonly string[],
  port: number,
  to: string,
): Promise<void> {
  const args = [
    'send-email',
    '--quiet',
    '--confirm=never',
    '--suppress-cc=all',
    '--no-thread',
    '--from=Joe Example <joe@example.org>',
    `--to=${to}`,
    '--smtp-server=127.0.0.1',
    `--smtp-server-port=${port}`,
    '--smtp-encryption=none',
    '--8bit-encoding=UTF-8',
    '--transfer-encoding=8bit',
    ...paths,
  ]
  await send('/usr/bin/git', args, { env: environment })
}

/** What a patch says behind its mail header. */
export async function bodyOf(path: string): Promise<string> {
  const text = await readFile(path, 'latin1')
  return text.slice(text.indexOf('\n\n') + 2)
}

/**
 * Applies mails that a subscriber got to a fresh copy of the start.
 *
 * @returns the names of both trees, which are equal when every byte came through.
 */
export async function applyMails(
  repository: string,
  scratch: string,
  mails: readonly Transaction[],
): Promise<{ sent: string; applied: string }> {
  const copy = join(scratch, 'copy')
  await git(scratch, 'clone', '--quiet', repository, copy)
  await git(copy, 'reset', '--quiet', '--hard', 'HEAD~3')
  const files: string[] = []
  for (const [n, { mail }] of mails.entries()) {
    files.push(join(scratch, `mail-${n}`))
    await writeFile(files[n] ?? '', mail.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
  }
  await git(copy, 'am', '--quiet', ...files)
  return {
    sent: await git(repository, 'rev-parse', 'HEAD^{tree}'),
    applied: await git(copy, 'rev-parse', 'HEAD^{tree}'),
  }
}
