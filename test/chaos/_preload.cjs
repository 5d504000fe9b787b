/*
 * Loaded into a program under test by NODE_OPTIONS=--require: it numbers and names each step by which
 * the program changes the spool or hears from a socket, and does what FAULT_PLAN says (_plan.ts): dies
 * by SIGKILL at a step, lets steps fail or makes them slow. Not part of what we ship.
 */
'use strict'
const fs = require('node:fs')

const plan = JSON.parse(process.env.FAULT_PLAN ?? '{}')
const real = { ...fs }
const commandLine = process.argv.slice(1).join(' ')
const isMeant = plan.below !== undefined && new RegExp(plan.who ?? '').test(commandLine)
if (isMeant && plan.clockMs) setClock(plan.clockMs)
if (isMeant) watchEverything()

/** This program's wall clock is ahead by so much; that of the file system is not. */
function setClock(aheadMs) {
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      if (given.length > 0) super(...given)
      else super(RealDate.now() + aheadMs)
    }
    static now() {
      return RealDate.now() + aheadMs
    }
  }
}

function watchEverything() {
  const pathOf = new Map()
  let steps = 0
  let failed = 0
  let handlesAreWatched = false
  let inside = false

  /** `rename .mlmmj-ts/draft -> subscribers.d/a`, without what differs from run to run. */
  function nameOf(what, paths) {
    const shown = paths.map((path) =>
      path
        .slice(plan.below.length)
        .replace(/draft-[0-9a-f]{16}/g, 'draft')
        .replace(/[0-9a-f]{16}/g, 'ID')
        .replace(/lock-([a-z]+)\/\d{10,}/g, 'lock-$1/GENERATION'),
    )
    return `${what} ${shown.join(' -> ')}`.trim()
  }

  function die() {
    process.kill(process.pid, 'SIGKILL')
    // It is dead when the system call returns.
    for (;;);
  }

  /** @returns the step's number, or undefined for what does not count. */
  function begin(what, targets) {
    const paths = targets.map((target) => String(target))
    if (paths.some((path) => !path.startsWith(plan.below))) return undefined
    const step = ++steps
    const name = nameOf(what, paths)
    if (plan.log) real.appendFileSync(plan.log, `${name}\n`)
    if (plan.kill?.step === step && plan.kill.when === 'before') die()
    return { step, name }
  }

  function end(begun) {
    if (begun !== undefined && plan.kill?.step === begun.step && plan.kill.when === 'after') die()
  }

  const matches = plan.fail && new RegExp(plan.fail.at)

  /** The error that a call shall fail with now, if it shall. */
  function errorFor(what, targets) {
    if (!matches || !real.existsSync(plan.fail.while)) return undefined
    const paths = targets.map((target) => String(target))
    if (paths.some((path) => !path.startsWith(plan.below))) return undefined
    if (!matches.test(nameOf(what, paths))) return undefined
    failed++
    if (plan.fail.every !== undefined && failed % plan.fail.every !== 0) return undefined
    const error = new Error(`${plan.fail.code}: injected, ${what} '${paths[0]}'`)
    return Object.assign(error, { code: plan.fail.code, errno: -1, syscall: what })
  }

  const slowness = plan.delayMs ?? 0

  function slowNow() {
    if (slowness > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, slowness)
  }

  async function slowLater() {
    if (slowness > 0) await new Promise((resolve) => setTimeout(resolve, slowness))
  }

  /** What there is no room for is half on disk when the call fails. */
  function halfOf(args, at) {
    const content = args[at]
    const mayBeHalf = plan.fail.code === 'ENOSPC' && content !== undefined && content.length > 1
    if (!mayBeHalf || !(content instanceof Uint8Array)) return undefined
    return args.map((arg, index) => (index === at ? content.subarray(0, content.length >> 1) : arg))
  }

  function undisturbed(call, args) {
    inside = true
    try {
      return call(...args)
    } finally {
      inside = false
    }
  }

  function watchSync(name, what, targetsOf, { changes = true, content } = {}) {
    const call = real[name]
    if (call === undefined) return
    fs[name] = (...args) => {
      // Node's own calls call one another.
      if (inside) return call(...args)
      const targets = targetsOf(args)
      slowNow()
      const isChange = typeof changes === 'function' ? changes(args) : changes
      const begun = isChange ? begin(what, targets) : undefined
      const error = errorFor(isChange || what !== 'open' ? what : 'read', targets)
      if (error !== undefined) {
        const half = content === undefined ? undefined : halfOf(args, content)
        if (half !== undefined) call(...half)
        throw error
      }
      const result = undisturbed(call, args)
      if (name === 'openSync') pathOf.set(result, targets[0])
      end(begun)
      return result
    }
  }

  function watchPromise(owner, name, what, targetsOf, { changes = true, content } = {}) {
    const call = owner[name]
    if (call === undefined) return
    owner[name] = async function (...args) {
      const targets = targetsOf(args, this)
      await slowLater()
      const isChange = typeof changes === 'function' ? changes(args) : changes
      const begun = isChange ? begin(what, targets) : undefined
      const error = errorFor(isChange || what !== 'open' ? what : 'read', targets)
      if (error !== undefined) {
        const half = content === undefined ? undefined : halfOf(args, content)
        if (half !== undefined) await call.apply(this, half)
        throw error
      }
      const result = await call.apply(this, args)
      if (name === 'open') {
        pathOf.set(result.fd, targets[0])
        watchHandles(Object.getPrototypeOf(result))
      }
      end(begun)
      return result
    }
  }

  function watchHandles(prototype) {
    if (handlesAreWatched) return
    handlesAreWatched = true
    const own = (_, handle) => [pathOf.get(handle.fd) ?? '']
    for (const name of ['appendFile', 'write', 'writeFile'])
      watchPromise(prototype, name, 'write', own, { content: 0 })
    for (const name of ['truncate', 'chmod', 'chown', 'utimes'])
      watchPromise(prototype, name, name, own)
    for (const name of ['sync', 'datasync']) watchPromise(prototype, name, 'fsync', own)
  }

  /** Whether opening alone may change the directory. */
  function makes([, flags]) {
    if (typeof flags === 'string') return /[wax]/.test(flags)
    return (
      typeof flags === 'number' && (flags & (real.constants.O_CREAT | real.constants.O_TRUNC)) > 0
    )
  }

  const first = ([path]) => [path]
  const both = ([from, to]) => [from, to]
  const named = ([fd]) => [pathOf.get(fd) ?? '']
  const one = ['mkdir', 'unlink', 'rm', 'rmdir', 'chmod', 'chown', 'lchown', 'utimes', 'truncate']
  for (const name of one) {
    watchSync(`${name}Sync`, name, first)
    watchPromise(fs.promises, name, name, first)
  }
  for (const name of ['rename', 'link', 'copyFile']) {
    watchSync(`${name}Sync`, name, both)
    watchPromise(fs.promises, name, name, both)
  }
  for (const name of ['readFile', 'readdir', 'stat', 'lstat']) {
    watchSync(`${name}Sync`, 'read', first, { changes: false })
    watchPromise(fs.promises, name, 'read', first, { changes: false })
  }
  watchSync('openSync', 'open', first, { changes: makes })
  watchPromise(fs.promises, 'open', 'open', first, { changes: makes })
  watchSync('writeSync', 'write', named, { content: 1 })
  const toFile = (args) => (typeof args[0] === 'number' ? named(args) : first(args))
  watchSync('appendFileSync', 'write', toFile, { content: 1 })
  watchSync('writeFileSync', 'write', toFile, { content: 1 })
  for (const name of ['fsyncSync', 'fdatasyncSync']) watchSync(name, 'fsync', named)
  watchSync('ftruncateSync', 'truncate', named)
  watchSync('fchmodSync', 'chmod', named)
  watchSync('fchownSync', 'chown', named)
  for (const name of ['writeFile', 'appendFile'])
    watchPromise(fs.promises, name, 'write', first, { content: 1 })

  const call = real.fdatasync
  fs.fdatasync = (fd, done) => {
    const begun = begin('fsync', [pathOf.get(fd) ?? ''])
    const error = errorFor('fsync', [pathOf.get(fd) ?? ''])
    if (error !== undefined) return void process.nextTick(done, error)
    call(fd, (...answer) => {
      end(begun)
      done(...answer)
    })
  }

  const closeSync = real.closeSync
  fs.closeSync = (fd) => {
    pathOf.delete(fd)
    return closeSync(fd)
  }

  const { Socket } = require('node:net')
  const emit = Socket.prototype.emit
  Socket.prototype.emit = function (event, ...args) {
    if (event !== 'data' || this.remoteAddress === undefined) return emit.call(this, event, ...args)
    const code = /^\d{3}/.exec(args[0].toString('latin1', 0, 3))
    const begun = begin(code === null ? 'hear' : `reply ${code[0]}`, [])
    const result = emit.call(this, event, ...args)
    end(begun)
    return result
  }
}
