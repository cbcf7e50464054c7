/** Copies of small files into a folder that nobody else knows of yet. */
import { parentOf } from '../paths.js'
import type { FilePort } from '../port/port.js'
import { ensureFolder } from './files.js'
import { identityOf, openOrNull, permissionsOf, smallFile } from './fingerprint.js'

/** What is remembered of where copies go. The folders there are nobody else's, and neither are their defaults. */
export class QuickCopies {
  readonly #port: FilePort
  readonly #folders = new Set<string>()
  /** Folders and permissions, and whether what is made there with these comes to bear them without being told. */
  readonly #bears = new Map<string, boolean>()
  readonly #bytes = Buffer.allocUnsafe(smallFile + 1)

  constructor(port: FilePort) {
    this.#port = port
  }

  /** Makes a folder and those on the way to it, once. */
  ensureFolder(folder: string): void {
    if (this.#folders.has(folder)) return
    ensureFolder(this.#port, folder)
    this.#folders.add(folder)
  }

  /**
   * Copies a file with its mode, as it was at one moment, in one synchronous step and unhashed. False, and nothing is
   * made, for what is no small regular file, and for one that changed meanwhile.
   */
  copy(at: string, target: string): boolean {
    const from = openOrNull(this.#port, at)
    if (from === null) return false
    try {
      if (from.openedSize > smallFile) return false
      const before = from.stat()
      // Room for a byte more than there should be: where it stays free, that was the end.
      const count = from.read(this.#bytes, 0, from.openedSize + 1, 0)
      if (count !== Number(before.size) || identityOf(before) !== identityOf(from.stat())) return false
      this.#make(target, this.#bytes.subarray(0, count), permissionsOf(before))
      return true
    } finally {
      from.close()
    }
  }

  #make(target: string, bytes: Buffer, permissions: number): void {
    const folder = parentOf(target)
    this.ensureFolder(folder)
    const file = this.#port.create(target, permissions)
    try {
      const kind = `${permissions} ${folder}`
      const bears = this.#bears.get(kind) ?? permissionsOf(file.stat()) === permissions
      this.#bears.set(kind, bears)
      if (!bears) file.chmod(permissions)
      file.write(bytes, 0)
    } finally {
      file.close()
    }
  }
}
