import { errnoError } from '../../../lib/port/faults.js'
import type { FilePort } from '../../../lib/port/port.js'
import { interceptedPort } from '../../support/faulty-port.js'

/** A port that counts what is asked of it. */
export function countingPort(port: FilePort) {
  let verbs: { name: string; paths: string[] }[] = []
  return {
    port: interceptedPort(port, { before: ({ name, paths }) => void verbs.push({ name, paths }) }),
    reset(): void {
      verbs = []
    },
    get total(): number {
      return verbs.length
    },
    /** Paths whose content was opened. */
    get opened(): string[] {
      return verbs.filter(({ name }) => name.startsWith('open')).flatMap(({ paths }) => paths)
    },
    byName(): Record<string, number> {
      const counts: Record<string, number> = {}
      for (const { name } of verbs) counts[name] = (counts[name] ?? 0) + 1
      return counts
    },
  }
}

/** A port on which nothing can be written, as on a disk that is mounted read-only. */
export function readOnlyPort(port: FilePort): FilePort {
  const refuse = (path: string): never => {
    throw errnoError('EROFS', 'open', port.absolute(path))
  }
  const intercepted = interceptedPort(port, {
    before: ({ mutates, paths }) => {
      if (mutates) refuse(paths.at(-1) ?? '')
    },
  })
  return { ...intercepted, openForWriting: refuse, isWritable: () => false }
}

/** A port on a disk without one free block: no folder, no content, until `gives` says of a removal that it gave room. */
export function fullPort(port: FilePort, gives: (path: string) => boolean = () => false): FilePort {
  let isFull = true
  const takesRoom = new Set(['makeFolder', 'write', 'writeAsync', 'reflink', 'duplicate'])
  return interceptedPort(port, {
    before({ name, paths }) {
      if (isFull && takesRoom.has(name))
        throw errnoError('ENOSPC', 'write', port.absolute(paths.at(-1) ?? ''))
    },
    after({ name, paths }) {
      if (name === 'remove' && gives(paths[0] ?? '')) isFull = false
    },
  })
}
