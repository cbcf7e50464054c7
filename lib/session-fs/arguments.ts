/** Options, flags, modes and times, as node:fs reads them. */
import { constants } from 'node:fs'
import { inspect } from 'node:util'
import { argumentError } from './errors.js'

type Options = Record<string, unknown>

/** A call's options over their defaults; a string is an encoding. */
export function optionsOf<Defaults extends Options>(given: unknown, defaults: Defaults): Defaults {
  if (given === undefined || given === null || typeof given === 'function') return defaults
  const options = typeof given === 'string' ? { encoding: given } : given
  if (typeof options !== 'object') {
    throw wrongType('options', 'of type string or an instance of Object', given)
  }
  const merged = { ...defaults, ...options }
  checkEncoding(merged.encoding)
  checkSignal(merged.signal)
  return merged
}

function checkEncoding(encoding: unknown): void {
  if (encoding === undefined || encoding === null || encoding === 'buffer') return
  if (typeof encoding === 'string' && Buffer.isEncoding(encoding)) return
  const message = `The argument 'encoding' is invalid encoding. Received ${inspect(encoding)}`
  throw argumentError('ERR_INVALID_ARG_VALUE', message)
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null || signal instanceof AbortSignal) return
  throw wrongType('options.signal', 'an instance of AbortSignal', signal)
}

export function wrongType(argument: string, expected: string, received: unknown): Error {
  return argumentError(
    'ERR_INVALID_ARG_TYPE',
    `The "${argument}" argument must be ${expected}. Received ${inspect(received)}`,
  )
}

/** Text or bytes in the encoding that was asked for. */
export function encoded(text: string, encoding: unknown): string | Buffer {
  if (encoding === 'buffer') return Buffer.from(text)
  if (encoding === undefined || encoding === null || encoding === 'utf8' || encoding === 'utf-8') return text
  return Buffer.from(text).toString(encoding as BufferEncoding)
}

/** What open(2) is asked for. */
export interface Access {
  read: boolean
  write: boolean
  create: boolean
  exclusive: boolean
  truncate: boolean
  append: boolean
  /** Every write is on the disk before it is answered. */
  sync: boolean
  /** A link at the end is refused. */
  noFollow: boolean
  /** Only a folder will do. */
  folder: boolean
}

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC } = constants
const flagsByName: Record<string, number> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY,
  wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
}
const otherSpellings: Record<string, string> = {
  sr: 'rs',
  'sr+': 'rs+',
  xw: 'wx',
  'xw+': 'wx+',
  xa: 'ax',
  'xa+': 'ax+',
  sa: 'as',
  'sa+': 'as+',
}

export function accessOf(flags: unknown, usual = 'r'): Access {
  const bits = flagBits(flags ?? usual)
  const has = (bit: number | undefined) => bit !== undefined && bit !== 0 && (bits & bit) === bit
  const way = bits & (O_WRONLY | O_RDWR)
  return {
    read: way === O_RDONLY || way === O_RDWR,
    write: way !== O_RDONLY,
    create: has(O_CREAT),
    exclusive: has(O_EXCL) && has(O_CREAT),
    truncate: has(O_TRUNC),
    append: has(O_APPEND),
    sync: has(O_SYNC) || has(constants.O_DSYNC),
    noFollow: has(constants.O_NOFOLLOW),
    folder: has(constants.O_DIRECTORY),
  }
}

function flagBits(flags: unknown): number {
  if (typeof flags === 'number' && Number.isInteger(flags)) return flags
  if (typeof flags === 'string') {
    const name = otherSpellings[flags] ?? flags
    if (Object.hasOwn(flagsByName, name)) return flagsByName[name] as number
  }
  throw argumentError('ERR_INVALID_ARG_VALUE', `The argument 'flags' is invalid. Received ${inspect(flags)}`)
}

/** Permission bits, as a number or in octal digits. */
export function modeOf(mode: unknown, usual: number, argument = 'mode'): number {
  if (mode === undefined || mode === null) return usual
  if (typeof mode === 'string') {
    if (/^[0-7]+$/.test(mode)) return Number.parseInt(mode, 8)
    const must = 'must be a 32-bit unsigned integer or an octal string'
    throw argumentError(
      'ERR_INVALID_ARG_VALUE',
      `The argument '${argument}' ${must}. Received ${inspect(mode)}`,
    )
  }
  return wholeNumber(mode, argument, 0, 0xffff_ffff)
}

export function wholeNumber(
  value: unknown,
  argument: string,
  least = Number.MIN_SAFE_INTEGER,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number') throw wrongType(argument, 'of type number', value)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const range = `It must be an integer >= ${least} && <= ${most}.`
  throw argumentError(
    'ERR_OUT_OF_RANGE',
    `The value of "${argument}" is out of range. ${range} Received ${value}`,
  )
}

/** A time in milliseconds: node takes seconds, as a number or in digits, and dates. */
export function timeOf(time: unknown, argument: string): number {
  if (time instanceof Date) return time.getTime()
  const seconds = typeof time === 'string' && time !== '' ? Number(time) : time
  if (typeof seconds !== 'number') throw wrongType(argument, 'a Date or a Time in seconds', time)
  return Number.isFinite(seconds) ? seconds * 1000 : Date.now()
}
