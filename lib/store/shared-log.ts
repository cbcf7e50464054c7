/** Files of lines that many processes append to, now and then, and that one may take lines out of. */
import { errnoOf } from '../errors.js'
import { parentOf } from '../paths.js'
import type { FilePort, OpenFile } from '../port/port.js'
import { decodeLines, encodeLine } from './append-log.js'
import { ensureFolder, uniqueName, writeNewFile } from './files.js'

/** Opens the file for appending; makes it, and its folder, where they are not there. */
export function openForAppending(port: FilePort, path: string): OpenFile {
  for (;;) {
    try {
      return port.openForWriting(path, { append: true })
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
    ensureFolder(port, parentOf(path))
    try {
      port.create(path).close()
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    }
  }
}

export function appendLine(port: FilePort, path: string, line: unknown): void {
  const bytes = encodeLine(line)
  for (let isIn = false; !isIn; ) {
    const file = openForAppending(port, path)
    try {
      file.write(bytes)
      // Else it was replaced by one that has lines taken out.
      isIn = file.stat().nlink !== 0n
    } finally {
      file.close()
    }
  }
}

/**
 * Takes lines out of a file by replacing it. What others append meanwhile stays: what came to the old file until it
 * was replaced is appended to the new one, and whoever writes to the old one afterwards sees that it has no name.
 * Returns how many bytes that freed.
 */
export function takeOut<Line>(port: FilePort, path: string, isTakenOut: (line: Line) => boolean): number {
  let old: OpenFile
  try {
    old = port.openForReading(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return 0
    throw error
  }
  try {
    const bytes = readFrom(old, 0)
    const { lines, consumed } = decodeLines<Line>(bytes)
    const kept = lines.filter((line) => !isTakenOut(line))
    if (kept.length === lines.length) return 0
    const content = Buffer.concat(kept.map(encodeLine))
    const aside = `${path}.${uniqueName()}.tmp`
    writeNewFile(port, aside, content)
    port.rename(aside, path)
    for (const line of decodeLines<Line>(readFrom(old, consumed)).lines) appendLine(port, path, line)
    return bytes.length - content.length
  } finally {
    old.close()
  }
}

function readFrom(file: OpenFile, start: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, Number(file.stat().size) - start))
  let filled = 0
  while (filled < bytes.length) {
    const count = file.read(bytes, filled, bytes.length - filled, start + filled)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}
