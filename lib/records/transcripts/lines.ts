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

/**
 * Gives the lines of one piece of the file after another, each to be gone through once. The bytes are good until the
 * next piece.
 */
export async function* linesOf(file: FileHandle): AsyncGenerator<Iterable<Line>> {
  const lines = new Lines()
  for await (const piece of piecesOf(file)) yield lines.endedIn(piece)
  yield lines.unended()
}

/** The next piece is read while one is looked at. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer> {
  let [piece, other] = [Buffer.allocUnsafe(pieceSize), Buffer.allocUnsafe(pieceSize)]
  let reading = file.read(piece, 0, pieceSize, 0)
  try {
    for (let position = 0; ; ) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      position += bytesRead
      reading = file.read(other, 0, pieceSize, position)
      // Where nobody comes to wait for it any more, it is awaited below.
      reading.catch(() => {})
      yield piece.subarray(0, bytesRead)
      ;[piece, other] = [other, piece]
    }
  } finally {
    await reading
  }
}

/** Puts together what stands in several pieces. */
class Lines {
  #rest: Buffer[] = []
  #restLength = 0

  #whole(end: Buffer): Buffer | null {
    const [rest, isTooLong] = [this.#rest, this.#restLength > longestLine]
    this.#rest = []
    this.#restLength = 0
    if (isTooLong) return null
    return rest.length === 0 ? end : Buffer.concat([...rest, end])
  }

  *endedIn(piece: Buffer): Generator<Line> {
    let start = 0
    for (let end = piece.indexOf(newline); end !== -1; end = piece.indexOf(newline, start)) {
      yield { bytes: this.#whole(piece.subarray(start, end)), ended: true }
      start = end + 1
    }
    this.#restLength += piece.length - start
    if (this.#restLength > longestLine) this.#rest = []
    else if (start < piece.length) this.#rest.push(Buffer.from(piece.subarray(start)))
  }

  *unended(): Generator<Line> {
    if (this.#restLength > 0) yield { bytes: this.#whole(Buffer.alloc(0)), ended: false }
  }
}
