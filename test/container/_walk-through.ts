import assert from 'node:assert/strict'

/** A block of commands in a document, and what stands in front of it. */
export interface Block {
  /** The walk-through that it belongs to; undefined when it is not tested. */
  readonly tag: string | undefined
  readonly commands: readonly string[]
}

/**
 * The blocks of shell commands of a document. Each must say by a comment in front of it either which
 * walk-through it is a step of, or why it is not tested.
 */
export function blocksOf(document: string): readonly Block[] {
  return [...document.matchAll(/^(.*)\n```sh\n([^]*?)\n```$/gm)].map(
    ([, before = '', text = '']) => {
      const marks = /^<!-- (?:test: (\w+)|not tested: \S.*) -->$/.exec(before)
      assert.ok(marks, `nothing says whether this is tested:\n${text}`)
      // A command that goes on behind a backslash is one.
      const commands = text.replace(/\\\n\s*/g, '').split('\n')
      return { tag: marks[1], commands }
    },
  )
}

export function commandsOf(document: string, tag: string): readonly string[] {
  const found = blocksOf(document)
    .filter((block) => block.tag === tag)
    .flatMap(({ commands }) => commands)
  assert.ok(found.length > 0, `no block has the mark test: ${tag}`)
  return found
}
