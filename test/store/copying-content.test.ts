import { expect, it } from 'vitest'
import type { OpenFile } from '../../lib/port/port.js'
import { copyPieces } from '../../lib/store/fingerprint.js'

/** Two pieces, of which the second comes long after the first could not be written. */
const slow = {
  readAsync: async (_buffer: Uint8Array, _offset: number, length: number, position: number) => {
    if (position === 0) return length
    await new Promise((resolve) => setTimeout(resolve, 20))
    return position === length ? 1 : 0
  },
} as unknown as OpenFile

it('T2: an error in writing a piece is thrown, and is not unheard of while the next piece is read', async () => {
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', hear)
  try {
    const failing = {
      writeAsync: async () => {
        throw Object.assign(new Error('i/o error'), { code: 'EIO' })
      },
    } as unknown as OpenFile
    await expect(copyPieces(slow, failing)).rejects.toMatchObject({ code: 'EIO' })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(unheard).toEqual([])
  } finally {
    process.removeListener('unhandledRejection', hear)
    for (const listener of others) process.on('unhandledRejection', listener)
  }
})
