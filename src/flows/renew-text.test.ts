import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openHouse } from '../app.ts'
import { isFault } from '../base/fault.ts'
import { readConfig } from '../config.ts'
import { openTextSite, renewText, type RenewOrder } from './renew-text.ts'

/** Shipped texts: two languages of ours, the second with a newer help, and mlmmj's own. */
const shipped = {
  'texts/en': ['help', 'faq', 'confirm-sub', 'confirm-unsub', 'deny-post', 'finish-sub'],
  'texts/de': ['help', 'faq', 'confirm-sub', 'confirm-unsub', 'deny-post', 'finish-sub'],
  'stock/en': ['help', 'confirm', 'finish-sub', 'prologue'],
  'stock/fi': ['help', 'confirm', 'finish-sub', 'prologue'],
}

class Scratch {
  readonly root: string
  readonly dir: string

  constructor(root: string) {
    this.root = root
    this.dir = join(root, 'talk')
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.root, path)), { recursive: true })
      await writeFile(join(this.root, path), content)
    }
  }

  async renew(order: Partial<RenewOrder> = {}) {
    const config = { ...readConfig({}), textsDir: join(this.root, 'texts') }
    const house = openHouse(config)
    const site = await openTextSite(house, join(this.root, 'stock'))
    const full = { language: undefined, force: false, dryRun: false, ...order }
    return await renewText(house, site, this.dir, full)
  }

  /** What was done, by text. */
  async fates(order: Partial<RenewOrder> = {}): Promise<Record<string, string>> {
    const renewed = await this.renew(order)
    if (renewed.result === 'left') assert.fail(renewed.why)
    return Object.fromEntries(renewed.texts.map(({ name, fate }) => [name, fate]))
  }

  /** Every file below a directory of the list, with its content. */
  async tree(below = ''): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    const top = join(this.dir, below)
    const entries = await readdir(top, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) found[path.slice(top.length + 1)] = await readFile(path, 'utf8')
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true })
  }
}

async function scratch(text: Readonly<Record<string, string>> = {}): Promise<Scratch> {
  const made = new Scratch(await mkdtemp(join(tmpdir(), 'mlmmj-ts-')))
  for (const [folder, names] of Object.entries(shipped))
    for (const name of names) await made.write({ [`${folder}/${name}`]: `${folder} ${name}\n` })
  await made.write({ 'talk/control/listaddress': 'talk@example.org\n' })
  await mkdir(join(made.dir, 'text'))
  for (const [name, content] of Object.entries(text))
    await made.write({ [`talk/text/${name}`]: content })
  return made
}

/** What text/ holds after a switch to German. */
const german = Object.fromEntries(shipped['texts/de'].map((name) => [name, `texts/de ${name}\n`]))

test('renewText() gives a list the texts of a language', async () => {
  await using list = await scratch()
  const fates = await list.fates({ language: 'de' })
  assert.deepEqual(new Set(Object.values(fates)), new Set(['added']))
  assert.deepEqual(await list.tree('text'), german)
  assert.deepEqual(await list.fates({ language: 'de' }), {})
  assert.deepEqual(await list.tree('text.old'), {})
})

test('renewText() saves edited texts before it replaces them on a switch', async () => {
  await using list = await scratch({ help: 'mine\n', 'deny-post-access': 'ours\n', rules: 'r\n' })
  const fates = await list.fates({ language: 'de' })
  assert.equal(fates['help'], 'saved and replaced')
  assert.equal(fates['deny-post-access'], 'set aside')
  assert.deepEqual(await list.tree('text'), { ...german, rules: 'r\n' })
  const saved = Object.entries(await list.tree('text.old'))
  assert.deepEqual(saved.map(([path, content]) => [path.split('/')[1], content]).sort(), [
    ['deny-post-access', 'ours\n'],
    ['help', 'mine\n'],
  ])
})

test('renewText() refreshes what nobody edited, and keeps the rest', async () => {
  await using list = await scratch()
  await list.renew({ language: 'de' })
  await list.write({
    'texts/de/help': 'newer help\n',
    'texts/de/faq': 'newer faq\n',
    'texts/de/probe': 'a new text\n',
    'talk/text/faq': 'mine\n',
  })
  assert.deepEqual(await list.fates(), { faq: 'kept', help: 'replaced', probe: 'added' })
  const { help, faq } = await list.tree('text')
  assert.deepEqual([help, faq], ['newer help\n', 'mine\n'])
  assert.deepEqual(await list.fates({ force: true }), { faq: 'saved and replaced' })
  assert.deepEqual(Object.values(await list.tree('text.old')), ['mine\n'])
})

test('renewText() does not bring back what was taken away, until it is asked to', async () => {
  await using list = await scratch()
  await list.renew({ language: 'de' })
  await rm(join(list.dir, 'text/faq'))
  assert.deepEqual(await list.fates(), {})
  assert.deepEqual(await list.fates(), {})
  assert.deepEqual(await list.fates({ force: true }), { faq: 'added' })
})

test('renewText() knows the texts of a list that mlmmj made', async () => {
  const stock = Object.fromEntries(
    shipped['stock/en'].map((name) => [name, `stock/en ${name}\n`] as const),
  )
  await using list = await scratch(stock)
  assert.equal((await list.fates({ dryRun: true }))['confirm'], 'removed')
  await list.write({ 'talk/text/confirm': 'mine\n' })
  const fates = await list.fates()
  assert.deepEqual(fates, {
    confirm: 'kept',
    'confirm-sub': 'not added',
    'confirm-unsub': 'not added',
    'deny-post': 'added',
    faq: 'added',
    'finish-sub': 'replaced',
    help: 'replaced',
  })
  const { confirm, prologue, help } = await list.tree('text')
  assert.deepEqual([confirm, prologue, help], ['mine\n', 'stock/en prologue\n', 'texts/en help\n'])
})

test('renewText() knows unedited texts of languages that only mlmmj has', async () => {
  await using list = await scratch({ help: 'stock/fi help\n' })
  const unknown = await list.renew()
  assert.ok(unknown.result === 'left' && !unknown.fine)
  assert.equal((await list.fates({ language: 'de' }))['help'], 'replaced')
})

test('renewText() leaves a list without texts of its own to the language of the site', async () => {
  await using list = await scratch({ rules: 'only included\n' })
  const renewed = await list.renew()
  assert.ok(renewed.result === 'left' && renewed.fine)
  assert.match(renewed.why, /uses those of en$/)
})

test('renewText() changes nothing on a dry run', async () => {
  await using list = await scratch({ help: 'mine\n', confirm: 'stock/en confirm\n' })
  const before = await list.tree()
  const fates = await list.fates({ language: 'de', dryRun: true })
  assert.deepEqual(await list.tree(), before)
  assert.deepEqual((await readdir(list.dir)).sort(), ['control', 'text'])
  assert.deepEqual(await list.fates({ language: 'de' }), fates)
})

test('renewText() shows each change as a diff', async () => {
  await using list = await scratch({ help: 'mine\n', confirm: 'stock/en confirm\n' })
  const renewed = await list.renew({ language: 'de', dryRun: true })
  assert.ok(renewed.result === 'renewed')
  const diffs = Object.fromEntries(renewed.texts.map(({ name, diff }) => [name, diff]))
  const path = `${list.dir}/text`
  assert.equal(
    diffs['help'],
    `--- ${path}/help\n+++ ${path}/help\t(de)\n@@ -1 +1 @@\n-mine\n+texts/de help\n`,
  )
  assert.match(diffs['faq'] ?? '', /^--- \/dev\/null\n.*\n@@ -0,0 \+1 @@\n\+texts\/de faq\n$/)
  assert.match(diffs['confirm'] ?? '', /\n\+\+\+ \/dev\/null\n@@ -1 \+0,0 @@\n-stock/)
})

test('renewText() refuses a language nobody has', async () => {
  await using list = await scratch()
  await assert.rejects(list.renew({ language: 'xx' }), (thrown) => {
    assert.ok(isFault(thrown, 'badUsage'))
    assert.match(thrown.message, /there are de, en$/)
    return true
  })
})

test('renewText() does not touch texts that lists share through a link', async () => {
  await using list = await scratch()
  await rm(join(list.dir, 'text'), { recursive: true })
  await symlink('../stock/en', join(list.dir, 'text'))
  const renewed = await list.renew({ language: 'de', force: true })
  assert.ok(renewed.result === 'left' && !renewed.fine)
  assert.match(renewed.why, /is a link to \.\.\/stock\/en/)
  assert.equal(await readFile(join(list.root, 'stock/en/help'), 'utf8'), 'stock/en help\n')
  await rm(join(list.dir, 'text'))
  await list.renew({ language: 'de' })
  assert.deepEqual(await list.tree('text'), german)
})

test('renewText() replaces a text that is a link, and not what it leads to', async () => {
  await using list = await scratch()
  await list.write({ 'elsewhere/help': 'shared\n' })
  await symlink('../../elsewhere/help', join(list.dir, 'text/help'))
  assert.equal((await list.fates({ language: 'de' }))['help'], 'saved and replaced')
  assert.equal((await list.tree('text'))['help'], 'texts/de help\n')
  assert.equal(await readFile(join(list.root, 'elsewhere/help'), 'utf8'), 'shared\n')
})

test('renewText() leaves a directory in the place of a text alone', async () => {
  await using list = await scratch()
  await mkdir(join(list.dir, 'text/help'))
  assert.equal((await list.fates({ language: 'de' }))['help'], 'left alone')
})

test('renewText() completes a switch that was interrupted', async () => {
  const half = { ...german, faq: 'mine\n', help: 'texts/en help\n', confirm: 'stock/en confirm\n' }
  for (const language of [undefined, 'de']) {
    await using list = await scratch(half)
    const manifest = { language: 'de', unfinished: true, texts: {} }
    await list.write({ 'talk/.mlmmj-ts/texts.json': JSON.stringify(manifest) })
    await list.renew({ language })
    assert.deepEqual(await list.tree('text'), german)
    assert.deepEqual(Object.values(await list.tree('text.old')), ['mine\n'])
    assert.deepEqual(await list.fates(), {})
  }
})

test('renewText() replaces nothing when it cannot keep a copy', async () => {
  await using list = await scratch({ faq: 'mine\n', help: 'texts/en help\n' })
  await list.write({ 'talk/text.old': 'in the way\n' })
  await assert.rejects(list.renew({ language: 'de' }), /text\.old is no directory/)
  assert.deepEqual(await list.tree('text'), { faq: 'mine\n', help: 'texts/en help\n' })
  await rm(join(list.dir, 'text.old'))
  await list.renew()
  assert.deepEqual(await list.tree('text'), german)
})

test('renewText() never loses an edited text', async () => {
  const names = [...shipped['texts/de'], 'confirm', 'access', 'deny-post-vip', 'rules']
  const state = fc.constantFrom('none', 'en', 'stock', 'edited', 'edited')
  const order = fc.record({
    language: fc.constantFrom(undefined, 'en', 'de'),
    force: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(...names.map(() => state)),
      fc.array(order, { minLength: 1, maxLength: 3 }),
      async (states, orders) => {
        const texts = states.flatMap((kind, at) => {
          const name = names[at] ?? ''
          if (kind === 'none') return []
          if (kind === 'edited') return [[name, `edited ${name}\n`]]
          return [[name, kind === 'en' ? `texts/en ${name}\n` : `stock/en ${name}\n`]]
        })
        await using list = await scratch(Object.fromEntries(texts) as Record<string, string>)
        for (const one of orders) await list.renew(one)
        const kept = new Set(Object.values(await list.tree()))
        for (const [name, content = ''] of texts)
          if (content.startsWith('edited')) assert.ok(kept.has(content), name)
      },
    ),
    { numRuns: 25, seed: 7 },
  )
})
