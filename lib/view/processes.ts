/** Which processes are at work in a view: those that see its mount. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { errnoOf } from '../errors.js'
import { mountSource } from '../port/beneath.js'
import { thisProcess } from '../port/host.js'

/** The mount namespace of a process; null where it is gone, or nobody's business. */
export function namespaceOf(pid: number | 'self'): string | null {
  return asked(() => readlinkSync(`/proc/${pid}/ns/mnt`))
}

/** The processes in which the view of that keeper is mounted in a namespace of its own, without the keeper itself. */
export function processesSeeing(keeper: number, namespace: string): number[] {
  const own = namespaceOf('self')
  if (namespace === own) return []
  return processNumbers().filter(
    (pid) => pid !== keeper && namespaceOf(pid) === namespace && seesMountOf(pid, keeper),
  )
}

/** Numbers of namespaces are given anew; what is mounted in them tells. */
function seesMountOf(pid: number, keeper: number): boolean {
  const mounts = asked(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))
  return mounts?.includes(` ${mountSource}${keeper} `) ?? false
}

/** In milliseconds: for what goes on in the background, as git does, and for what was told to end. */
const patience = 1_000
const lookEvery = 20

/** Who is still at work after a while, as `left` tells. Node loads what takes times when it is first asked for one. */
export async function whoStays(left: () => number[]): Promise<number[]> {
  for (let looks = patience / lookEvery; ; looks--) {
    const found = left()
    if (found.length === 0 || looks <= 0) return found
    await setTimeout(lookEvery)
  }
}

function asked<Answer>(ask: () => Answer): Answer | null {
  try {
    return ask()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}

/** The processes that stand in a folder or have a file of it open, as far as this one may see; without those around this, if not asked for. */
export function processesInFolder(folder: string, { around: withAround = false } = {}): number[] {
  const around = new Set(withAround ? [] : processesAround())
  return processNumbers().filter((pid) => !around.has(pid) && isIn(pid, folder))
}

function isIn(pid: number, folder: string): boolean {
  const isInside = (name: string | null): boolean =>
    name === folder || name?.startsWith(`${folder}/`) === true
  if (isInside(asked(() => readlinkSync(`/proc/${pid}/cwd`)))) return true
  const open = asked(() => readdirSync(`/proc/${pid}/fd`)) ?? []
  return open.some((number) => isInside(asked(() => readlinkSync(`/proc/${pid}/fd/${number}`))))
}

/** Whether this machine tells who is at work where. */
export function seesProcesses(): boolean {
  return existsSync('/proc/self/fd')
}

/** This process and those that started it: a shell that closes the view in which it stands. */
function processesAround(): number[] {
  const found: number[] = []
  for (let pid = thisProcess().pid; pid > 1; ) {
    found.push(pid)
    const line = asked(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
    pid = Number(line?.slice(line.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
  }
  return found
}

function processNumbers(): number[] {
  const names = asked(() => readdirSync('/proc')) ?? []
  return names.filter((name) => /^\d+$/.test(name)).map(Number)
}
