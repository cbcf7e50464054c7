import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFsFromVolume, Volume } from 'memfs'
import { openDiskPort, openPlainDiskPort } from '../../lib/port/disk.js'
import { openMemoryPort } from '../../lib/port/memory.js'
import type { FilePort } from '../../lib/port/port.js'

/** A workspace folder of its own, empty, on one kind of file system. */
export interface FileSystem {
  port: FilePort
  /** Real and absolute, also where it is on no disk. */
  root: string
  /** node:fs, or memfs in its shape: for arranging and looking at files directly. */
  fs: typeof nodeFs
  /** Removes everything. */
  dispose(): void
}

export type OpenFileSystem = () => FileSystem

const nameOfRoot = 'a book, été'

function onDisk(openPort: (root: string) => FilePort, parent = tmpdir()): FileSystem {
  const folder = nodeFs.mkdtempSync(join(nodeFs.realpathSync(parent), 'cowrite-'))
  const root = join(folder, nameOfRoot)
  nodeFs.mkdirSync(root)
  const dispose = () => removeTree(folder)
  return { port: openPort(root), root, fs: nodeFs, dispose }
}

/** `rmSync` asks three times of each folder, which on a disk takes twice as long. */
function removeTree(folder: string): void {
  try {
    removeEntries(folder)
  } catch {
    nodeFs.rmSync(folder, { recursive: true, force: true }) // It has another way with what does not go, or says why.
  }
}

function removeEntries(folder: string): void {
  for (const entry of nodeFs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeEntries(path)
    else nodeFs.unlinkSync(path)
  }
  nodeFs.rmdirSync(folder)
}

function inMemory(): FileSystem {
  const memory = createFsFromVolume(new Volume())
  const root = `/home/${nameOfRoot}`
  memory.mkdirSync(root, { recursive: true })
  const fs = memory as unknown as typeof nodeFs
  return { port: openMemoryPort(memory, root), root, fs, dispose() {} }
}

/** What every test of the core runs on: `describe.each(fileSystems)('… on %s', (_name, open) => …)`. */
export const fileSystems: [name: string, open: OpenFileSystem][] = [
  ['a real disk', () => onDisk(openDiskPort)],
  ['memfs', inMemory],
]

/** Where Linux keeps files in memory: the system's own calls all the same, and no waiting for the disk. */
export const quickFolder = nodeFs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** For tests of what comes in which order, which make workspaces by the hundred. */
export const quickFileSystems: typeof fileSystems = [
  ["the system's own file system", () => onDisk(openDiskPort, quickFolder)],
  ['memfs', inMemory],
]

/** As `fileSystems`, and the disk as platforms without /proc see it: for the tests of the port itself. */
export const allFileSystems: [name: string, open: OpenFileSystem][] = [
  ...fileSystems,
  ['a disk without /proc', () => onDisk(openPlainDiskPort)],
]
