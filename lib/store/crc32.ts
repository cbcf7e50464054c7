/** The checksum of a line of a log. */
import { crc32 as ofZlib } from 'node:zlib'

/**
 * In bytes: as many of them are summed up here before zlib is loaded, which does it faster, and is not there in as much
 * time as most commands take.
 */
const fewBytes = 128 * 1024
let summedUp = 0
let table: Uint32Array | undefined

/** CRC-32 as in zlib, PNG and ZIP. */
export function crc32(bytes: Uint8Array): number {
  summedUp += bytes.length
  return summedUp > fewBytes ? ofZlib(bytes) : crc32OfFew(bytes)
}

/** @internal The same, without zlib. */
export function crc32OfFew(bytes: Uint8Array): number {
  table ??= makeTable()
  let sum = 0xffffffff
  for (let at = 0; at < bytes.length; at++) {
    sum = (sum >>> 8) ^ (table[(sum ^ (bytes[at] as number)) & 0xff] as number)
  }
  return (sum ^ 0xffffffff) >>> 0
}

function makeTable(): Uint32Array {
  const polynomial = 0xedb88320
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1
    return sum
  })
}
