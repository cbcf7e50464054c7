import type { FilePort } from '../../lib/port/port.js'

/**
 * Each verb of the port, tried on the file `path` (`other` is a file to be put beside it); descriptors are closed.
 * Returns what was read, so that a test can look for what nobody may read.
 */
export const everyVerb: Record<string, (port: FilePort, path: string, other: string) => unknown> = {
  stat: (port, path) => port.stat(path),
  nativeStat: (port, path) => port.nativeStat(path, false),
  statEach: (port, path) => port.statEach(folderOf(path), [nameOf(path)]),
  list: (port, path) => port.list(folderOf(path)).map((entry) => entry.name),
  readLink: (port, path) => port.readLink(path),
  isWritable: (port, path) => port.isWritable(path),
  openForReading: (port, path) => {
    const file = port.openForReading(path)
    try {
      return file.readAll().toString()
    } finally {
      file.close()
    }
  },
  openForWriting: (port, path) => {
    const file = port.openForWriting(path)
    try {
      file.write(Buffer.from('inside'))
    } finally {
      file.close()
    }
  },
  append: (port, path) => {
    const file = port.openForWriting(path, { append: true })
    try {
      file.write(Buffer.from('.'))
      file.truncate(6)
    } finally {
      file.close()
    }
  },
  create: (port, path) => port.create(`${path}.made`).close(),
  openHandle: async (port, path) => {
    const handle = await port.openHandle(path, 'r+')
    try {
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  },
  makeFolder: (port, path) => port.makeFolder(`${path}.folder`),
  removeFolder: (port, path) => port.removeFolder(`${path}.folder`),
  remove: (port, path) => port.remove(`${path}.made`),
  rename: (port, path) => port.rename(path, `${path}.moved`),
  renameBack: (port, path) => port.rename(`${path}.moved`, path),
  renameIn: (port, path, other) => port.rename(other, path),
  renameOut: (port, path, other) => port.rename(path, other),
  link: (port, path) => port.link(path, `${path}.linked`),
  linkIn: (port, path, other) => port.link(other, `${path}.linked`),
  removeLinked: (port, path) => port.remove(`${path}.linked`),
  symlink: (port, path) => port.symlink('x', `${path}.link`),
  removeLink: (port, path) => port.remove(`${path}.link`),
  chmod: (port, path) => port.chmod(path, 0o640),
  setTimes: (port, path) => port.setTimes(path, 1000, 1000),
  reflink: (port, path) => port.reflink(path, `${path}.copy`),
  reflinkIn: (port, path, other) => port.reflink(other, `${path}.copy`),
  duplicate: (port, path) => port.duplicate(path, `${path}.twin`),
  duplicateIn: (port, path, other) => port.duplicate(other, `${path}.twin`),
  reflinkFrom: (port, path) => port.reflinkFrom(port, path, `${path}.shared`),
  named: (port, path) => port.named(path, (name) => name),
  syncFolder: (port, path) => port.syncFolder(folderOf(path)),
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
