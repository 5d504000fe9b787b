import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../base/fault.ts'
import { actAsOwner } from '../flows/act-as-owner.ts'
import { listsByOwner, maintainLists, repairAsRoot } from '../flows/maintain-all.ts'
import { command } from './_command.ts'
import type { Context } from './_context.ts'
import { startDaemon, runAsOwner } from './_maintd-processes.ts'

const restMs = 7_200_000

/** Does what is due: resends, expires, probes, digests (spec spool 4.9, mailflow 9). */
export const maintd = command({
  name: 'maintd',
  summary: 'do the regular work of one list, or of all lists in a directory',
  example: '-F -d /var/spool/mlmmj',
  options: {
    list: { type: 'string', short: 'L', placeholder: 'DIR', help: 'a list directory' },
    directory: {
      type: 'string',
      short: 'd',
      placeholder: 'DIR',
      help: 'a directory of lists, each of which is worked on',
    },
    once: {
      type: 'boolean',
      short: 'F',
      help: 'work once in the foreground instead of every two hours in the background',
    },
    loop: { type: 'boolean', help: 'work every two hours in the foreground' },
    'lists-from-stdin': { type: 'boolean', help: 'work on the lists that standard input names' },
  },
  delivers: true,
  faults: ['noSuchFile', 'spoolTrouble'],
  async run(values, context) {
    const { list, directory, once, loop, 'lists-from-stdin': fromStdin } = values
    if ([list, directory].filter((path) => path !== undefined).length + Number(fromStdin) !== 1)
      throw new Fault('badUsage', 'one of -L (--list) and -d (--directory) must be given')
    if (!once && !loop)
      return startDaemon(
        list === undefined ? ['-d', resolve(directory ?? '')] : ['-L', resolve(list)],
      )
    for (;;) {
      await work(values, context)
      if (!loop || context.house.stop?.aborted) return
      await sleep(
        restMs,
        undefined,
        context.house.stop ? { signal: context.house.stop } : {},
      ).catch((thrown: unknown) => {
        if (!context.house.stop?.aborted) throw thrown
      })
    }
  },
})

async function work(
  { list, directory }: { list: string | undefined; directory: string | undefined },
  context: Context,
): Promise<void> {
  const { house, stderr } = context
  const report = (dir: string, problem: string) =>
    stderr.write(`mlmmj-maintd: ${dir}: ${problem}\n`)
  if (list !== undefined) {
    await repairAsRoot(list, report)
    await actAsOwner(list, 'required')
    return await maintainLists(house, [list], report)
  }
  if (directory === undefined) {
    const dirs = await pathsOf(context)
    const [first] = dirs
    if (first !== undefined) await actAsOwner(first, 'required')
    return await maintainLists(house, dirs, report)
  }
  for (const { owner, listDirs } of await listsByOwner(directory)) {
    const me = process.geteuid?.() ?? owner.uid
    if (me === owner.uid) await maintainLists(house, listDirs, report)
    else if (me !== 0)
      for (const dir of listDirs)
        await report(dir, `belongs to uid ${owner.uid}, you are uid ${me}`)
    else {
      for (const dir of listDirs) await repairAsRoot(dir, report)
      await runAsOwner(listDirs, context)
    }
  }
}

async function pathsOf({ stdin }: Context): Promise<readonly string[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(chunk)
  return Buffer.concat(chunks)
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
}
