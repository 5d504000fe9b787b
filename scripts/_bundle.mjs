import { builtinModules } from 'node:module'
import { basename, dirname, resolve } from 'node:path'
import * as esbuild from 'esbuild'

/** Packages stay outside: tests and scripts load them from node_modules as a user's Node would. */
const packages = {
  name: 'packages-stay-outside',
  setup(build) {
    build.onResolve({ filter: /^fast-check$/ }, ({ importer }) =>
      importer.endsWith('seeded-fast-check.mjs')
        ? { path: 'fast-check', external: true }
        : { path: resolve('scripts/seeded-fast-check.mjs') },
    )
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path, external: true },
    )
  },
}

/**
 * What is imported with `await import('./x.ts')` becomes a file of its own beside the bundle, so
 * that the mail path neither parses nor carries what it seldom needs.
 */
function lazyFiles(found) {
  return {
    name: 'lazy-files',
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined
        const { path: file } = await build.resolve(path, { kind: 'import-statement', resolveDir })
        found.add(file)
        return { path: `./${lazyName(file)}.cjs`, external: true }
      })
    },
  }
}

export function lazyName(file) {
  return `lazy-${basename(dirname(file))}-${basename(file, '.ts').replace(/^_/, '')}`
}

/** Bundles TypeScript files for running them from the checkout, packages left in node_modules. */
export async function bundleForChecks(entryPoints, outdir) {
  await esbuild.build({
    entryPoints,
    outdir,
    outbase: '.',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: [packages],
  })
}

/** A program that does one thing at a time waits for the disk itself (src/spool/fs-at-once.ts). */
const filesAtOnce = {
  name: 'files-at-once',
  setup(build) {
    build.onResolve({ filter: /^node:fs\/promises$/ }, () => ({
      path: resolve('src/spool/fs-at-once.ts'),
    }))
  },
}

/** Node's own modules that take a millisecond or more to load, and that most runs do without. */
const seldom = ['node:child_process', 'node:crypto', 'node:fs/promises', 'node:net']

/**
 * Our own code gets such a module when it first calls or makes something of it; a package that asks
 * for one gets it at once. What else hangs on a function of Node's is not to be had this way, such as
 * what promisify() looks for.
 */
const seldomLoaded = {
  name: 'seldom-loaded',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind, importer }) =>
      seldom.includes(path) && kind === 'import-statement' && !importer.includes('/node_modules/')
        ? { path, namespace: 'seldom' }
        : undefined,
    )
    build.onLoad({ filter: /./, namespace: 'seldom' }, async ({ path }) => {
      const made = (name) => `export function ${name}(...given) {
        const { ${name} } = (loaded ??= require('${path}'))
        return new.target ? new ${name}(...given) : ${name}(...given)
      }`
      const isCalled = ([name, value]) => name !== 'default' && typeof value === 'function'
      const names = Object.entries(await import(path)).filter(isCalled)
      return { contents: ['let loaded', ...names.map(([name]) => made(name))].join('\n') }
    })
  },
}

/**
 * Bundles a launcher and everything it needs into one CommonJS file (27 ms to start instead of 31,
 * libraries.md 4.1). Answers with the files that it loads on demand, and with the packages in it.
 */
export async function bundleForUse(entry, outfile, { atOnce = false, oneFile = false } = {}) {
  const lazy = new Set()
  const { metafile } = await esbuild.build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: builtinModules,
    // `await import()` becomes require(): Node's other loader takes 3 ms to get going.
    supported: { 'dynamic-import': false },
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
    banner: {
      js: "const __here = { get url() { return require('node:url').pathToFileURL(__filename).href } };",
    },
    define: { 'import.meta.url': '__here.url' },
    plugins: [
      ...(atOnce ? [filesAtOnce] : []),
      ...(oneFile ? [] : [lazyFiles(lazy), seldomLoaded]),
    ],
  })
  const packagesInside = Object.keys(metafile.inputs).filter((f) => f.includes('node_modules/'))
  return { lazy: [...lazy], packagesInside }
}
