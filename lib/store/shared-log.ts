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

/** `takeOut`, or `weigh`, which takes nothing out and returns the same. */
export type Freeing = <Line>(port: FilePort, path: string, isTakenOut: (line: Line) => boolean) => number

/**
 * Takes lines out of a file by replacing it. What others append meanwhile stays: what came to the old file until it
 * was replaced is appended to the new one, and whoever writes to the old one afterwards sees that it has no name.
 * Returns how many bytes that freed.
 */
export const takeOut: Freeing = (port, path, isTakenOut) =>
  withOpen(port, path, (old) => {
    const { kept, freed, consumed } = sift(readFrom(old, 0), isTakenOut)
    if (freed === 0) return 0
    const aside = `${path}.${uniqueName()}.tmp`
    writeNewFile(port, aside, kept)
    port.rename(aside, path)
    for (const line of decodeLines(readFrom(old, consumed)).lines) appendLine(port, path, line)
    return freed
  })

/** How many bytes `takeOut` would free. */
export const weigh: Freeing = (port, path, isTakenOut) =>
  withOpen(port, path, (file) => sift(readFrom(file, 0), isTakenOut).freed)

/** 0 where there is no such file. */
function withOpen(port: FilePort, path: string, work: (file: OpenFile) => number): number {
  let file: OpenFile
  try {
    file = port.openForReading(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return 0
    throw error
  }
  try {
    return work(file)
  } finally {
    file.close()
  }
}

/** What stays. Where nothing is taken out, nothing is freed, although torn lines would go as well. */
function sift<Line>(
  bytes: Buffer,
  isTakenOut: (line: Line) => boolean,
): { kept: Buffer; freed: number; consumed: number } {
  const { lines, consumed } = decodeLines<Line>(bytes)
  const left = lines.filter((line) => !isTakenOut(line))
  if (left.length === lines.length) return { kept: bytes, freed: 0, consumed }
  const kept = Buffer.concat(left.map(encodeLine))
  return { kept, freed: bytes.length - kept.length, consumed }
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
