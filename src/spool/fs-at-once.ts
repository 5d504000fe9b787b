import {
  accessSync,
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
  type MakeDirectoryOptions,
  type Mode,
  type OpenMode,
  type PathLike,
  type Stats,
} from 'node:fs'

/*
 * What stands for node:fs/promises in a program that does one thing and ends (scripts/_bundle.mjs):
 * each call is done when its promise is made. Such a program has nothing to do meanwhile, and Node's
 * own way, with threads, takes longer than the disk does. What calls it is the same code in both.
 */

export { constants } from 'node:fs'
export const access = promised(accessSync)
export const chmod = promised(chmodSync)
export const chown = promised(chownSync)
export const copyFile = promised(copyFileSync)
export const lchown = promised(lchownSync)
export const link = promised(linkSync)
export const lstat = promised((path: PathLike) => lstatSync(path))
export const mkdir = promised((path: PathLike, options?: MakeDirectoryOptions) =>
  mkdirSync(path, options),
)
export const readdir = promised((path: PathLike, options?: { readonly encoding: 'buffer' }) =>
  options === undefined ? readdirSync(path) : readdirSync(path, options),
)
export const readFile = promised((path: PathLike, encoding?: BufferEncoding) =>
  readFileSync(path, encoding),
)
export const readlink = promised((path: PathLike) => readlinkSync(path))
export const realpath = promised((path: PathLike) => realpathSync(path))
export const rename = promised(renameSync)
export const rm = promised(rmSync)
export const rmdir = promised(rmdirSync)
export const stat = promised((path: PathLike) => statSync(path))
export const unlink = promised(unlinkSync)
export const open = promised(
  (path: PathLike, flags: OpenMode, mode?: Mode) => new Handle(openSync(path, flags, mode)),
)

class Handle {
  readonly fd: number
  readonly chmod: (mode: Mode) => Promise<void>
  readonly chown: (uid: number, gid: number) => Promise<void>
  readonly stat: () => Promise<Stats>
  readonly sync: () => Promise<void>
  /** All of it: a file takes fewer bytes at a time only when there is no room for more. */
  readonly appendFile: (chunk: Uint8Array) => Promise<void>
  readonly #close: () => Promise<void>
  #closed: Promise<void> | undefined

  constructor(fd: number) {
    this.fd = fd
    this.chmod = promised((mode) => fchmodSync(fd, mode))
    this.chown = promised((uid, gid) => fchownSync(fd, uid, gid))
    this.stat = promised(() => fstatSync(fd))
    this.sync = promised(() => fsyncSync(fd))
    this.appendFile = promised((chunk) => appendFileSync(fd, chunk))
    this.#close = promised(() => closeSync(fd))
  }

  /** Once: the number may be another file's by then. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ buffer: Buffer; bytesRead: number }> {
    return promised(() => {
      const bytesRead = readSync(this.fd, buffer, offset, length, position)
      return { buffer, bytesRead }
    })()
  }

  write(text: string, position?: number, encoding?: BufferEncoding): Promise<unknown> {
    return promised(() => writeSync(this.fd, text, position, encoding))()
  }
}

/** What the action throws is what the promise is rejected with. */
function promised<Given extends readonly unknown[], Result>(
  action: (...given: Given) => Result,
): (...given: Given) => Promise<Result> {
  return (...given) => new Promise((resolve) => resolve(action(...given)))
}
