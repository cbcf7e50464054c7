/** Copies between two folders that may lie on two disks. */
import type { BigIntStats } from 'node:fs'
import type { FilePort } from '../port/port.js'
import { smallContent } from '../store/copying.js'
import { removeIfThere } from '../store/files.js'
import { copyPieces, identityOf, permissionsOf } from '../store/fingerprint.js'

interface CopyOptions {
  /**
   * Whether the source is looked at again later: what a program writes by a mapping is seen by the file's times only
   * where what it wrote before has reached the disk. It takes long, so it is done for large files.
   */
  settle?: boolean
}

/**
 * Copies a file to where nothing is yet, with its mode, as it was at one moment; its blocks are shared where the disk
 * can. Returns what the source was then.
 */
export async function copyAcross(
  source: FilePort,
  from: string,
  target: FilePort,
  to: string,
  { settle = false }: CopyOptions = {},
): Promise<BigIntStats> {
  for (;;) {
    const stat = await copyOnce(source, from, target, to, settle)
    if (stat !== null) return stat
  }
}

/** Null, and nothing at `to`, where the source changed meanwhile. */
async function copyOnce(
  source: FilePort,
  at: string,
  target: FilePort,
  to: string,
  settle: boolean,
): Promise<BigIntStats | null> {
  const from = source.openForReading(at)
  let done: BigIntStats | null = null
  try {
    if (settle && from.openedSize > smallContent) await from.sync()
    const before = from.stat()
    if (Number(before.size) > smallContent && target.reflinkFrom(source, at, to)) {
      target.chmod(to, permissionsOf(before))
    } else {
      const file = target.create(to, permissionsOf(before))
      try {
        file.chmod(permissionsOf(before))
        if (Number(before.size) > smallContent) await copyPieces(from, file)
        else file.write(from.readAll(), 0)
      } finally {
        file.close()
      }
    }
    if (identityOf(before) === identityOf(from.stat())) done = before
  } finally {
    from.close()
    if (done === null) removeIfThere(target, to)
  }
  return done
}
