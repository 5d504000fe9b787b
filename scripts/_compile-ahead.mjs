import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Takes the place of a program that was compiled ahead: it loads from one file the source and what
 * V8 made of it. V8 itself sees when that was made by another Node than the one that runs, or with
 * other flags, and then compiles the source.
 */
const loaderOf = (program, hasFlags) => `const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
${hasFlags ? "const how = process.execArgv.length === 0 ? 'plain' : 'flags';" : "const how = 'plain';"}
const kept = readFileSync(\`\${__dirname}/${program}.\${how}\`);
const begin = kept.indexOf(10) + 1;
const end = begin + Number(kept.latin1Slice(0, begin));
new Script(kept.latin1Slice(begin, end), { filename: __filename, cachedData: kept.subarray(end) })
  .runInThisContext()(exports, require, module, __filename, __dirname);
`

/** What each of these programs is to do for us, so that V8 compiles what its usual work needs. */
const work = {
  'mlmmj-receive': {
    args: ['--no-worker'],
    input: 'From: ann@example.org\nTo: talk@example.org\n\nHello\n',
    env: { SENDER: 'ann@example.org', EXTENSION: '' },
    // It says that the mail is stored and a worker wanted.
    ends: 3,
  },
  'mlmmj-list': { args: ['--count'], ends: 0 },
  'mlmmj-maintd': { args: ['-F'], ends: 0 },
}

/**
 * Compiles programs in a directory by letting them do some work: compiling is most of what we add to
 * Node's own start (docs/decisions/start-up.md). Done with the flags that their launchers in bin/
 * give, and without, for those who call `node mlmmj-receive`.
 */
export async function compileAhead(dist) {
  for (const program of Object.keys(work)) {
    const list = await mkdtemp(join(tmpdir(), 'mlmmj-build-'))
    try {
      for (const shelf of ['control', 'incoming', 'subscribers.d']) await mkdir(join(list, shelf))
      await writeFile(join(list, 'control', 'listaddress'), 'talk@example.org\n')
      await writeFile(join(list, 'subscribers.d', 'a'), 'ann@example.org\n')
      await compile(program, dist, list)
    } finally {
      await rm(list, { recursive: true })
    }
  }
}

async function compile(program, dist, list) {
  const launcher = await readFile(join('bin', program), 'utf8')
  const flags = /node((?: --[\w=-]+)+) /.exec(launcher)?.[1].trim().split(' ') ?? []
  const built = join(dist, `${program}.cjs`)
  const { args, ends, input = '', env = {} } = work[program]
  const hows = flags.length === 0 ? { plain: [] } : { plain: [], flags }
  for (const [how, given] of Object.entries(hows)) {
    const kept = join(dist, `${program}.${how}`)
    const run = [...given, 'scripts/_compiled.cjs', kept, built, ...args, '-L', list]
    const { status, stderr } = spawnSync(process.execPath, run, { input, env })
    if (status === ends) continue
    process.stderr.write(`build: ${program} is not compiled ahead: ${stderr}\n`)
    return
  }
  await writeFile(built, loaderOf(program, flags.length > 0))
}
