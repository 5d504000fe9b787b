import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import thisNode from './_this-node.cjs'

/**
 * Takes the place of a program that was compiled ahead: it loads from one file the source and what
 * V8 made of it. The source is compiled when that was made by another Node than the one that runs;
 * V8 itself sees when it was made with other flags.
 */
const loaderOf = (program, hasFlags) => `const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
${thisNode}
${hasFlags ? "const how = process.execArgv.length === 0 ? 'plain' : 'flags';" : "const how = 'plain';"}
const kept = readFileSync(\`\${__dirname}/${program}.\${how}\`);
const begin = kept.indexOf(10) + 1;
const [length, node] = kept.latin1Slice(0, begin - 1).split(' ');
const end = begin + Number(length);
new Script(kept.latin1Slice(begin, end), {
  filename: __filename,
  ...(node === thisNode() ? { cachedData: kept.subarray(end) } : {}),
}).runInThisContext()(exports, require, module, __filename, __dirname);
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

/**
 * Stands in front of the pipe client, which is copied as one file: below it, as a comment, the source
 * (its ends of comments written otherwise), and what V8 made of it. Node has read the file already: it
 * is the text of the function that all this is the body of. What --no-rehash-snapshot saves
 * is saved by then, and with Node's usual flags set again Node takes its own modules as they were
 * compiled when it was built. The binding does that without loading one of them; Node 24 has not got
 * it any more.
 */
const clientLoader = `const { Script } = require('node:vm');
${thisNode}
if (process.execArgv.includes('--no-rehash-snapshot')) {
  process.noDeprecation = true;
  for (const v8 of [() => process.binding('v8'), () => require('node:v8')])
    try {
      v8().setFlagsFromString('--rehash-snapshot');
      break;
    } catch {}
  delete process.noDeprecation;
}
const own = String(arguments.callee);
const begin = own.indexOf('\\n/*\\n') + 4;
const end = own.indexOf('\\n*/\\n', begin);
const source = own.slice(begin, end).replaceAll('*~/', '*/');
const [, node, code] = own.slice(end + 4, own.indexOf('\\n', end + 4)).split(' ');
new Script(source, {
  filename: __filename,
  ...(node === thisNode() ? { cachedData: Buffer.from(code, 'base64') } : {}),
}).runInThisContext()(exports, require, module, __filename, __dirname);
`

/** Compiles the pipe client by letting it bring a mail to a service that takes it. */
export async function compileClient(built) {
  const [kept, tokenFile] = [`${built}.kept`, `${built}.token`]
  await writeFile(tokenFile, 'token\n')
  const service = createServer((socket) => {
    const body = '{"id":"0123456789abcdef","status":"2.6.0"}'
    const head = `HTTP/1.1 202 Accepted\r\nContent-Length: ${body.length}\r\nConnection: close`
    socket.once('data', () => socket.end(`${head}\r\n\r\n${body}`))
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const to = ['--mlmmj', '127.0.0.1', '--port', String(service.address().port)]
  const envelope = ['--sender', 'ann@example.org', '--recipient', 'talk@example.org']
  const token = ['--token-file', tokenFile]
  const args = ['scripts/_compiled.cjs', kept, built, ...to, ...token, ...envelope, 'talk']
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end('From: ann@example.org\nTo: talk@example.org\n\nHello\n')
  const [code] = await once(child, 'close')
  service.close()
  await rm(tokenFile)
  if (code !== 0) {
    process.stderr.write('build: postfix_incoming is not compiled ahead\n')
    return
  }
  const all = await readFile(kept)
  await rm(kept)
  const begin = all.indexOf(10) + 1
  const [length, node] = all.toString('latin1', 0, begin - 1).split(' ')
  const end = begin + Number(length)
  const source = all.toString('latin1', begin, end)
  if (source.includes('*~/')) throw new Error('postfix_incoming must not hold *~/')
  const compiled = all.toString('base64', end)
  const below = `/*\n${source.replaceAll('*/', '*~/')}\n*/\n// ${node} ${compiled}\n`
  await writeFile(built, clientLoader + below, 'latin1')
}
