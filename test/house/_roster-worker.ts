import { parseAddress } from '../../src/message/address.ts'
import { rosterOf, type SubscriberKind } from '../../src/spool/roster.ts'

interface Task {
  readonly listDir: string
  readonly kind: SubscriberKind
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  /** All in one change, or each in its own, all at the same time. */
  readonly together?: boolean
}

process.on('message', (task: Task) => void work(task).then((answer) => process.send?.(answer)))

async function work({ listDir, kind, add = [], remove = [], together }: Task): Promise<object> {
  const changes = [
    ...add.map((text) => ({ do: 'add' as const, address: parseAddress(text), kind })),
    ...remove.map((text) => ({ do: 'remove' as const, address: parseAddress(text), kind })),
  ]
  const roster = rosterOf(listDir)
  if (together) return roster.change(changes)
  return (await Promise.all(changes.map((change) => roster.change([change])))).flat()
}
