import type { BigIntStats } from 'node:fs'
import type { FilePort } from '../port/port.js'
import { permissionsOf } from '../store/fingerprint.js'

const pieceSize = 256 * 1024

/** A file or a link, and what a look at it told. */
type Known = [port: FilePort, at: string, stat: BigIntStats | null]

/** Whether two are the same to a session: kind, content, and the bits that it keeps of a mode. */
export async function isSame([port, at, stat]: Known, [otherPort, otherAt, other]: Known): Promise<boolean> {
  if (stat === null || other === null) return false
  if (stat.isSymbolicLink())
    return other.isSymbolicLink() && port.readLink(at) === otherPort.readLink(otherAt)
  if (!other.isFile() || stat.size !== other.size) return false
  if ((permissionsOf(stat) & 0o777) !== permissionsOf(other)) return false
  return sameContent([port, at], [otherPort, otherAt])
}

/** Read piece by piece up to the first difference. */
async function sameContent(one: [FilePort, string], other: [FilePort, string]): Promise<boolean> {
  const first = one[0].openForReading(one[1])
  try {
    const second = other[0].openForReading(other[1])
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
