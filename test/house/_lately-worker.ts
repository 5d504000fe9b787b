import { countLately } from '../../src/spool/lately.ts'

interface Task {
  readonly listDir: string
  readonly seeds: readonly string[]
  readonly most: number
}

process.on('message', (task: Task) => void work(task).then((answer) => process.send?.(answer)))

/** How many were let through. */
async function work({ listDir, seeds, most }: Task): Promise<number> {
  const quotas = [{ name: 'ann@example.org', most }]
  const results = []
  for (const seed of seeds)
    results.push(await countLately(listDir, 'answers', { seed, quotas }, 3_600, Date.now()))
  return results.filter((spent) => spent === undefined).length
}
