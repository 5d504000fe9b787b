import { pathOn } from './_layout.ts'
import { readBeginning } from './_plain-file.ts'
import { diskFault } from './_trouble.ts'
import { replaceFile } from './durable.ts'

/** A hundred bytes for each text. */
const mostBytes = 1_048_576

/** What we put into a list's text/, so that we know later what somebody has changed there. */
export interface TextManifest {
  readonly language: string
  /** A switch to this language has begun, and not ended. */
  readonly unfinished: boolean
  /** The SHA-256 of each text, by name. */
  readonly texts: ReadonlyMap<string, string>
}

/** Undefined when we never put texts there. One that cannot be understood counts as none. */
export async function readTextManifest(listDir: string): Promise<TextManifest | undefined> {
  try {
    const found = await readBeginning(placeOf(listDir), mostBytes)
    return found === undefined ? undefined : manifestIn(found.toString('utf8'))
  } catch (thrown) {
    throw diskFault(thrown, '.mlmmj-ts/texts.json')
  }
}

/** @throws Fault spoolTrouble, spoolFull */
export async function writeTextManifest(
  listDir: string,
  { language, unfinished, texts }: TextManifest,
): Promise<void> {
  const content = { language, unfinished, texts: Object.fromEntries(texts) }
  await replaceFile(listDir, placeOf(listDir), Buffer.from(`${JSON.stringify(content, null, 2)}\n`))
}

function placeOf(listDir: string): string {
  return pathOn(listDir, 'private', 'texts.json')
}

function manifestIn(json: string): TextManifest | undefined {
  const found = parsed(json)
  if (typeof found !== 'object' || found === null) return undefined
  if (!('language' in found) || typeof found.language !== 'string') return undefined
  if (!('texts' in found) || typeof found.texts !== 'object' || found.texts === null)
    return undefined
  const texts = Object.entries(found.texts).flatMap(([name, digest]: [string, unknown]) =>
    typeof digest === 'string' ? [[name, digest] as const] : [],
  )
  const unfinished = 'unfinished' in found && found.unfinished === true
  return { language: found.language, unfinished, texts: new Map(texts) }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined
    throw thrown
  }
}
