/** The kernel's own overlay, in a mount namespace that goes with the process. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './folders.mjs'

/** What a process must be started with, so that its mounts are its own. */
export const privateMounts =
  process.getuid?.() === 0
    ? ['unshare', '--mount', '--propagation', 'private']
    : ['unshare', '--user', '--map-root-user', '--mount']

/** Mounts an overlay over `lower`, whose layers lie in `at`; gives the merged folder. */
export function mountOverlay(lower, at) {
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(at, name))
  for (const folder of [upper, work, merged]) mkdirSync(folder, { recursive: true })
  run('mount', [
    '-t',
    'overlay',
    'overlay',
    '-o',
    `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
    merged,
  ])
  return merged
}

/** Makes a file system with shared blocks in a file, and mounts it. Needs the right to use loop devices. */
export function mountReflinkDisk(at, bytes) {
  const image = join(at, 'disk.img')
  const mounted = join(at, 'disk')
  mkdirSync(mounted, { recursive: true })
  run('truncate', ['-s', String(bytes), image])
  run('mkfs.xfs', ['-q', '-m', 'reflink=1', image])
  run('mount', ['-o', 'loop', image, mounted])
  return mounted
}
