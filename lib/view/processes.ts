/** Which processes are at work in a view: those that see its mount. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { errnoOf } from '../errors.js'
import { mountSource } from '../port/beneath.js'

/** The mount namespace of a process; null where it is gone, or nobody's business. */
export function namespaceOf(pid: number | 'self'): string | null {
  return asked(() => readlinkSync(`/proc/${pid}/ns/mnt`))
}

/** The processes in which the view of that keeper is mounted in a namespace of its own, without the keeper itself. */
export function processesSeeing(keeper: number, namespace: string): number[] {
  const own = namespaceOf('self')
  if (namespace === own) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== keeper && namespaceOf(pid) === namespace && seesMountOf(pid, keeper))
}

/** Numbers of namespaces are given anew; what is mounted in them tells. */
function seesMountOf(pid: number, keeper: number): boolean {
  const mounts = asked(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))
  return mounts?.includes(` ${mountSource}${keeper} `) ?? false
}

function asked<Answer>(ask: () => Answer): Answer | null {
  try {
    return ask()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
