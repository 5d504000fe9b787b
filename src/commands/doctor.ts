import { resolve } from 'node:path'
import { Fault } from '../base/fault.ts'
import { checkList, leftFinding, spoolFinding, type Finding } from '../flows/check-list.ts'
import { listDirsOf } from '../flows/spool-lists.ts'
import { atMostOne, command } from './_command.ts'

/** Names what in lists has no effect or keeps us from working, and what mends it. */
export const doctor = command({
  name: 'doctor',
  summary: 'look for mistakes in lists: names, values, owners and modes',
  example: '-L /var/spool/mlmmj/talk',
  operand: 'list',
  options: {
    list: { type: 'string', short: 'L', placeholder: 'DIR', help: 'a list directory' },
    directory: {
      type: 'string',
      short: 'd',
      placeholder: 'DIR',
      help: 'a directory of lists, each of which is looked at; the spool unless given',
    },
    json: { type: 'boolean', help: 'print JSON' },
  },
  faults: ['badSettings', 'noSuchFile', 'spoolTrouble'],
  async run({ list, directory, json }, { spoolDir, stdout }) {
    atMostOne({ list, directory }, ['list', 'directory'])
    const found =
      list === undefined
        ? await inSpool(resolve(directory ?? spoolDir))
        : await inList(resolve(list))
    if (json) await stdout.write(`${JSON.stringify(found, undefined, 2)}\n`)
    else for (const one of found) await stdout.write(toldOf(one))
    if (found.length > 0)
      throw new Fault(
        'badSettings',
        `${found.length} ${found.length === 1 ? 'thing' : 'things'} to look at`,
      )
    if (!json) await stdout.write('nothing is wrong\n')
  },
})

interface Found extends Finding {
  readonly list: string
}

async function inSpool(spoolDir: string): Promise<readonly Found[]> {
  const trouble = await spoolFinding(spoolDir)
  const found = (trouble === undefined ? [] : [trouble]).map((one) => ({ list: spoolDir, ...one }))
  for (const dir of await listDirsOf(spoolDir)) found.push(...(await inList(dir)))
  return found
}

async function inList(listDir: string): Promise<Found[]> {
  const left = await leftFinding(listDir)
  const found = [...(await checkList(listDir)), ...(left === undefined ? [] : [left])]
  return found.map((one) => ({ list: listDir, ...one }))
}

function toldOf({ list, path, why, mend }: Found): string {
  const line = `${list}: ${path} ${why}\n`
  return mend === undefined ? line : `${line}    ${mend}\n`
}
