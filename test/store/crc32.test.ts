import { createHash } from 'node:crypto'
import { crc32 as ofZlib } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { crc32, crc32OfFew } from '../../lib/store/crc32.js'

/** Bytes that look like chance and are the same each time. */
function bytes(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash('sha256').update(`${length}.${at}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}

describe('the checksum of a line', () => {
  it.each([0, 1, 2, 3, 31, 255, 256, 257, 4_096, 70_001])('is that of zlib for %i bytes', (length) => {
    expect(crc32OfFew(bytes(length))).toBe(ofZlib(bytes(length)))
  })

  it('stays the same where zlib takes over', () => {
    const line = bytes(1_000)
    const sums = new Set(Array.from({ length: 300 }, () => crc32(line)))
    expect([...sums]).toEqual([ofZlib(line)])
  })
})
