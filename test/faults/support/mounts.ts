/** Small disks of one's own: a piece of memory, or a file system in a file. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Disk {
  readonly folder: string
  /** Bytes that are free, and the size of a block. */
  free(): number
  readonly block: number
  /** Takes it off and puts it on again, as a start of the machine does. */
  remount(): void
  /** Leaves no more than `bytes` free. */
  leave(bytes: number): void
  /** Gives back all room. */
  giveRoom(): void
  dispose(): void
}

/** Why the machine has no such disk to give. */
export interface Missing {
  missing: string
}

const megabyte = 1 << 20

function run(command: string, ...args: string[]): string | null {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (error !== undefined) return `no ${command}`
  return status === 0 ? null : stderr.trim().split('\n')[0] || `${command} failed`
}

function must(command: string, ...args: string[]): void {
  const wrong = run(command, ...args)
  if (wrong !== null) throw new Error(`${command} ${args.join(' ')}: ${wrong}`)
}

/** A disk that is mounted at a folder, and goes with this process at the latest. */
function mounted(
  name: string,
  mount: (folder: string, home: string) => string | null,
  more: (folder: string) => Pick<Disk, 'leave' | 'giveRoom'>,
): Disk | Missing {
  if (platform() !== 'linux') return { missing: `${name} (no ${platform()} version)` }
  const home = mkdtempSync(join(tmpdir(), 'cowrite-disk-'))
  const folder = join(home, 'disk')
  mkdirSync(folder)
  const wrong = mount(folder, home)
  if (wrong !== null) {
    rmSync(home, { recursive: true, force: true })
    return { missing: `${name} (${wrong})` }
  }
  const dispose = (): void => {
    process.off('exit', dispose)
    if (run('umount', folder) !== null) run('umount', '-l', folder)
    rmSync(home, { recursive: true, force: true })
  }
  process.on('exit', dispose)
  return {
    folder,
    block: statfsSync(folder).bsize,
    free: () => freeAt(folder),
    remount() {
      must('umount', folder)
      waitUntilGone(join(home, 'image'))
      const again = mount(folder, home)
      if (again !== null) throw new Error(`${name} does not come back: ${again}`)
    },
    ...more(folder),
    dispose,
  }
}

const patience = 60_000

/**
 * A process that got a mount namespace of its own meanwhile keeps the file system in the kernel until it ends; put on
 * again before that, it would be the one whose power went, and answer with EIO.
 */
function waitUntilGone(image: string): void {
  const turn = new Int32Array(new SharedArrayBuffer(4))
  for (const until = Date.now() + patience; Date.now() < until; Atomics.wait(turn, 0, 0, 20)) {
    if (spawnSync('losetup', ['-j', image], { encoding: 'utf8' }).stdout === '') return
  }
  throw new Error(`${image} is held by another mount namespace.`)
}

function freeAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

const roomy = 256 * megabyte

/** A disk in memory, whose size can be changed at any time. */
export function memoryDisk(): Disk | Missing {
  const resize = (folder: string, bytes: number): void => must('mount', '-o', `remount,size=${bytes}`, folder)
  return mounted(
    'tmpfs',
    (folder) => run('mount', '-t', 'tmpfs', '-o', `size=${roomy}`, 'cowrite-faults', folder),
    (folder) => ({
      leave(bytes) {
        const { blocks, bfree, bsize } = statfsSync(folder)
        resize(folder, Math.max((blocks - bfree) * bsize + bytes, bsize))
      },
      giveRoom: () => resize(folder, roomy),
    }),
  )
}

/** A file system in a file. What it holds outlives `remount`. */
export function imageDisk(kind: 'xfs' | 'ext4', bytes: number): Disk | Missing {
  let isMade = false
  const make = (image: string): string | null => {
    writeFileSync(image, '')
    truncateSync(image, bytes)
    const wrong = kind === 'xfs' ? run('mkfs.xfs', '-q', image) : run('mkfs.ext4', '-q', '-m', '0', image)
    isMade = wrong === null
    return wrong
  }
  const ballast = (folder: string): string => join(folder, 'ballast')
  return mounted(
    `${kind} in a file`,
    (folder, home) => {
      const image = join(home, 'image')
      return (isMade ? null : make(image)) ?? run('mount', '-o', 'loop', image, folder)
    },
    (folder) => ({
      leave(left) {
        must('sync', '-f', folder)
        const taken = freeAt(folder) - left
        if (taken > 0) allocate(ballast(folder), taken, statfsSync(folder).bsize)
      },
      giveRoom: () => rmSync(ballast(folder), { force: true }),
    }),
  )
}

/** Where free room lies in many pieces, the list of them takes some blocks of it. */
function allocate(file: string, bytes: number, block: number): void {
  for (let less = 0; ; less++) {
    const wrong = run('fallocate', '-l', String(bytes - less * block), file)
    if (wrong === null) return
    if (less === 16) throw new Error(wrong)
    rmSync(file, { force: true })
  }
}

export function isMissing(disk: Disk | Missing): disk is Missing {
  return 'missing' in disk
}
