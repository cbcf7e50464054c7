/**
 * Names that are no UTF-8, as Linux allows them: each byte that is none of a character stands as a lone half of a
 * surrogate pair, U+DC80 to U+DCFF, which no text holds, so that every name has one spelling and every spelling one name.
 */
import type { RawEntry, RawFs } from './raw-fs.js'

/** Node 20 has it; the language that is compiled for has not. */
type WellFormed = string & { isWellFormed(): boolean }

/** What a file system is asked for by: the text itself, but where it stands for other bytes. */
export function bytesOf(name: string): string {
  return (name as WellFormed).isWellFormed() ? name : (encode(name) as unknown as string)
}

function encode(name: string): Buffer {
  return Buffer.concat(
    name
      .split(/([\udc80-\udcff])/u)
      .map((part) =>
        /^[\udc80-\udcff]$/u.test(part) ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part),
      ),
  )
}

/** The text for bytes of which some are no characters. */
export function textOf(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOf(bytes, at)
    if (length === 0) text += String.fromCharCode(0xdc00 + (bytes[at] as number))
    else text += Buffer.from(bytes.subarray(at, at + length)).toString()
    at += Math.max(length, 1)
  }
  return text
}

/** How many bytes the character at `at` takes; 0 where there is none. */
function lengthOf(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  const length =
    first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (length < 2) return length
  const piece = Buffer.from(bytes.subarray(at, at + length))
  return piece.length === length && piece.equals(Buffer.from(piece.toString())) ? length : 0
}

/** Stands in what node:fs decodes for every byte that is no character. */
const replacement = '\ufffd'

/** The same calls, with names of any bytes. Only what holds a replacement is asked for again, as bytes. */
export function withByteNames(fs: RawFs): RawFs {
  const raw = fs as unknown as {
    readdirSync(
      path: string,
      options: { withFileTypes: true; encoding: 'buffer' },
    ): (RawEntry & { name: unknown })[]
    readlinkSync(path: string, options: { encoding: 'buffer' }): Buffer
    realpathSync: { native(path: string, options: { encoding: 'buffer' }): Buffer }
  }
  const one =
    <Rest extends unknown[], Result>(call: (path: string, ...rest: Rest) => Result) =>
    (path: string, ...rest: Rest): Result =>
      call(bytesOf(path), ...rest)
  const two =
    <Rest extends unknown[], Result>(call: (from: string, to: string, ...rest: Rest) => Result) =>
    (from: string, to: string, ...rest: Rest): Result =>
      call(bytesOf(from), bytesOf(to), ...rest)

  // Named one by one: to copy all that node:fs has would load parts of it that are made only when they are asked for.
  const { constants, fstatSync, closeSync, readSync, read, writeSync, write } = fs
  const { ftruncateSync, fchmodSync, fsync } = fs
  return {
    ...{ constants, fstatSync, closeSync, readSync, read, writeSync, write },
    ...{ ftruncateSync, fchmodSync, fsync },
    existsSync: one(fs.existsSync),
    lstatSync: one(fs.lstatSync),
    accessSync: one(fs.accessSync),
    openSync: one(fs.openSync),
    mkdirSync: one(fs.mkdirSync),
    rmdirSync: one(fs.rmdirSync),
    unlinkSync: one(fs.unlinkSync),
    renameSync: two(fs.renameSync),
    linkSync: two(fs.linkSync),
    symlinkSync: two(fs.symlinkSync),
    chmodSync: one(fs.chmodSync),
    utimesSync: one(fs.utimesSync),
    lutimesSync: one(fs.lutimesSync),
    copyFileSync: two(fs.copyFileSync),
    copyFile: two(fs.copyFile),
    promises: { open: (path, flags) => fs.promises.open(bytesOf(path), flags) },

    readlinkSync(path) {
      const target = fs.readlinkSync(bytesOf(path))
      return target.includes(replacement)
        ? textOf(raw.readlinkSync(bytesOf(path), { encoding: 'buffer' }))
        : target
    },

    readdirSync(path, options) {
      const entries = fs.readdirSync(bytesOf(path), options)
      if (!entries.some(({ name }) => name.includes(replacement))) return entries
      const asBytes = raw.readdirSync(bytesOf(path), { ...options, encoding: 'buffer' })
      for (const entry of asBytes) entry.name = textOf(entry.name as unknown as Buffer)
      return asBytes
    },

    realpathSync: {
      native(path) {
        const real = fs.realpathSync.native(bytesOf(path))
        if (!real.includes(replacement)) return real
        return textOf(raw.realpathSync.native(bytesOf(path), { encoding: 'buffer' }))
      },
    },
  }
}
