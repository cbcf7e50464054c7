import type { FilePort } from '../port/port.js'

const pieceSize = 256 * 1024

/** Whether two files hold the same, read piece by piece up to the first difference. */
export async function sameContent(port: FilePort, one: string, other: string): Promise<boolean> {
  const first = port.openForReading(one)
  try {
    const second = port.openForReading(other)
    try {
      const [left, right] = [Buffer.allocUnsafe(pieceSize), Buffer.allocUnsafe(pieceSize)]
      for (let position = 0; ; ) {
        const count = await first.readAsync(left, 0, pieceSize, position)
        const same = await second.readAsync(right, 0, pieceSize, position)
        if (count !== same || !left.subarray(0, count).equals(right.subarray(0, same))) return false
        if (count === 0) return true
        position += count
      }
    } finally {
      second.close()
    }
  } finally {
    first.close()
  }
}
