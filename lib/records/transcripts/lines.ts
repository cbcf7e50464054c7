/** The lines of a file, a piece of it at a time. */
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { CowriteError, errnoOf } from '../../errors.js'

const pieceSize = 1024 * 1024
/** A longer line is no message. */
const longestLine = 64 * 1024 * 1024
const newline = 0x0a

/** Lines as bytes, without their ends; null for one that is too long. `ended` is false for one that the file ends in. */
export interface Line {
  bytes: Buffer | null
  ended: boolean
}

/** Opens a regular file wherever it is. Throws NOT_FOUND, WRONG_KIND, and IO where it cannot be read. */
export async function openTranscript(path: string): Promise<FileHandle> {
  try {
    // A FIFO is never waited for, and a device is not even opened.
    if (!(await stat(path)).isFile()) throw noFile(path)
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if ((await file.stat()).isFile()) return file
    await file.close()
    throw noFile(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    if (errno === 'ENOENT' || errno === 'ENOTDIR')
      throw new CowriteError('NOT_FOUND', `There is no transcript at ${path}`, { path }, { cause: error })
    const message = `The transcript ${path} cannot be read: ${errno}`
    throw new CowriteError('IO', message, { path, errno }, { cause: error })
  }
}

function noFile(path: string): CowriteError {
  return new CowriteError('WRONG_KIND', `${path} is no file`, { path, expected: 'file', found: 'other' })
}

/** Gives the lines of one piece of the file after another. The bytes are good until the next piece. */
export async function* linesOf(file: FileHandle): AsyncGenerator<Line[]> {
  const piece = Buffer.allocUnsafe(pieceSize)
  let rest: Buffer[] = []
  let restLength = 0
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, pieceSize, position)
    if (bytesRead === 0) break
    position += bytesRead
    const lines: Line[] = []
    let start = 0
    for (;;) {
      const end = piece.subarray(0, bytesRead).indexOf(newline, start)
      if (end === -1) break
      const own = piece.subarray(start, end)
      if (restLength > longestLine) lines.push({ bytes: null, ended: true })
      else lines.push({ bytes: rest.length === 0 ? own : Buffer.concat([...rest, own]), ended: true })
      rest = []
      restLength = 0
      start = end + 1
    }
    restLength += bytesRead - start
    if (restLength > longestLine) rest = []
    else if (start < bytesRead) rest.push(Buffer.from(piece.subarray(start, bytesRead)))
    yield lines
  }
  if (restLength > longestLine) yield [{ bytes: null, ended: false }]
  else if (restLength > 0) yield [{ bytes: Buffer.concat(rest), ended: false }]
}
