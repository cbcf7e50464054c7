/** The preload library, compiled on the spot, and the environment that tells it what shall go wrong. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Errno = 'EIO' | 'ENOSPC' | 'EMFILE' | 'EROFS' | 'EXDEV'

/** What goes wrong at a call. `stays`: at those after it too, where it can befall them. */
export type Fault =
  | { how: 'kill-before' | 'kill-after' }
  /** The power goes right before the call: what only memory held is lost, or all but what the file system logs. */
  | { how: 'cut' | 'cut-flushed' }
  | { how: 'error'; errno: Errno; stays: boolean }
  /** Half of the bytes are written; where it stays, the disk is full from there on. */
  | { how: 'short'; stays: boolean }

/** A guard taken out: syncs that are none, an intent that never comes, failures that are answered as success. */
export type Lie = 'sync' | 'intent' | 'loss'

export interface Interference {
  /** The folder whose calls are counted. */
  root: string
  /** Where the calls are written down. */
  log: string
  /** Whether reading is counted, too. */
  reads?: boolean
  /** The number of the call at which it strikes, from 1. */
  at?: number
  fault?: Fault
  lie?: Lie
}

const source = fileURLToPath(new URL('shim.c', import.meta.url))

let compiled: { library: string } | { missing: string } | undefined

/** Why there can be no shim on this machine; null where there is one. */
export function shimIsMissing(): string | null {
  const found = compile()
  return 'missing' in found ? found.missing : null
}

function compile(): { library: string } | { missing: string } {
  compiled ??= platform() === 'linux' ? compileFor() : { missing: `preload shim (no ${platform()} version)` }
  return compiled
}

function compileFor(): { library: string } | { missing: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cowrite-shim-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const library = join(folder, 'shim.so')
  for (const compiler of ['cc', 'gcc', 'clang']) {
    const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl']
    const { status, error, stderr } = spawnSync(compiler, flags, { encoding: 'utf8' })
    if (error !== undefined) continue
    if (status === 0) return { library }
    throw new Error(`The shim does not compile:\n${stderr}`)
  }
  return { missing: 'preload shim (no C compiler)' }
}

/** The environment of a process that is interfered with. One thread of the pool: calls come in one order. */
export function interferedEnvironment(interference: Interference): NodeJS.ProcessEnv {
  const found = compile()
  if ('missing' in found) throw new Error(found.missing)
  const { root, log, reads, at, fault, lie } = interference
  return {
    ...process.env,
    UV_THREADPOOL_SIZE: '1',
    UV_USE_IO_URING: '0',
    LD_PRELOAD: found.library,
    FAULT_ROOT: root,
    FAULT_LOG: log,
    FAULT_READS: reads ? '1' : '0',
    FAULT_AT: String(fault === undefined ? 0 : (at ?? 0)),
    FAULT_HOW: fault?.how ?? '',
    FAULT_ERRNO: fault?.how === 'error' ? String(constants.errno[fault.errno]) : '',
    FAULT_STAYS: fault !== undefined && 'stays' in fault && fault.stays ? '1' : '0',
    FAULT_LIE: lie ?? '',
  }
}

export function faultInWords(fault: Fault): string {
  if (fault.how === 'error') return `${fault.errno} ${fault.stays ? 'from there on' : 'once'}`
  if (fault.how === 'short')
    return fault.stays ? 'a short write and a full disk from there on' : 'a short write'
  return fault.how
}
