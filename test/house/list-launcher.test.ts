import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratchList } from '../_list.ts'
import { runWithNode } from '../_other-node.ts'
import { command, ours, run } from '../_program.ts'

/** More than the program reads at once. */
const manyLines = 'someone@example.org\n'.repeat(40_000)

/** A list with whatever may stand in a subscriber file, and the lines that it has. */
async function oddList() {
  const files = {
    'subscribers.d/a': 'ann@example.org\r\n\n\nabe@example.org',
    'subscribers.d/b': '\n',
    'subscribers.d/c': '\0\r\r\n\r',
    'subscribers.d/empty': '',
    'subscribers.d/m': `${manyLines}last@example.org`,
    'subscribers.d/other': 'ann@example.org\n',
    'subscribers.d/.hidden': 'no@example.org\n',
    'subscribers.d/a.new': 'no@example.org\n',
    'subscribers.d/folder/a': 'no@example.org\n',
    'digesters.d/m': manyLines.slice(0, 262_144),
    'control/owner': 'owner@example.org\n\n',
  }
  const list = await scratchList({ subscribers: [], files })
  spawnSync('mkfifo', [list.path('subscribers.d/fifo')])
  return { list, normal: 4 + 1 + 2 + 40_001 + 1, digest: Math.ceil(262_144 / 20) }
}

test('mlmmj-list counts the lines that it prints, whatever they are', async () => {
  const { list: open, normal, digest } = await oddList()
  await using list = open
  for (const [letter, expected] of Object.entries({ s: normal, d: digest, n: 0, m: 0, o: 2 })) {
    const printed = await command(ours, 'mlmmj-list', ['-L', list.dir, `-${letter}`])
    assert.equal(printed.stdout.split('\n').length - 1, expected, `-${letter}`)
    const counted = await command(ours, 'mlmmj-list', ['-L', list.dir, `-c${letter}`])
    assert.equal(counted.stdout, `${expected}\n`, `-c${letter}`)
  }
  const { stdout } = await command(ours, 'mlmmj-list', ['-L', list.dir, '--counts', '--json'])
  assert.deepEqual(JSON.parse(stdout), { normal, digest, nomail: 0, moderators: 0, owner: 2 })
})

test('mlmmj-list works through a link, and ends with what went wrong', async () => {
  await using list = await scratchList()
  const link = list.path('linked')
  await symlink(join(ours.bin, 'mlmmj-list'), link)
  assert.equal((await run(link, ['-L', list.dir, '-c'])).stdout, '3\n')
  const { code, stdout, stderr } = await run(link, ['-L', list.path('none'), '-c'])
  assert.deepEqual([code, stdout], [67, ''])
  assert.match(stderr, /^mlmmj-list: .* does not exist\n$/)
})

test('a Node that does not know the flags of mlmmj-list runs without them', async () => {
  await using list = await scratchList()
  const strict = 'case $1 in --*) exit 9 ;; esac; exec "$NODE" "$@"'
  const { code, stdout } = await runWithNode(strict, 'mlmmj-list', ['-L', list.dir, '-c'])
  assert.deepEqual([code, stdout], [0, '3\n'])
})

test('mlmmj-list says that there is no Node', async () => {
  const env = { PATH: '/nonexistent' }
  const { code, stderr } = await run(join(ours.bin, 'mlmmj-list'), ['-c'], { env })
  assert.deepEqual([code, stderr], [69, 'mlmmj-list: there is no node in /nonexistent\n'])
})
