import { answers } from './_answers.ts'
import type { Target } from './_target.ts'
import { json, lmtp, netstrings } from './_doors.ts'
import { addresses, control, controlFiles, headers, mime, reports } from './_readers.ts'
import { accessRules } from './_rules.ts'
import { injection, listTexts } from './_texts.ts'
import { wholeWay } from './_whole-way.ts'

/** Everything that hostile input reaches, in the order in which it is played. */
export const targets: readonly Target[] = [
  headers,
  addresses,
  control,
  mime,
  reports,
  controlFiles,
  injection,
  listTexts,
  accessRules,
  netstrings,
  json,
  lmtp,
  answers,
  wholeWay,
]
