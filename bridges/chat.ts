/**
 * Which chat a hook belongs to, where the client tells its servers nothing of chats: the one of the MCP server that the
 * same program has started.
 */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from '../lib/errors.js'
import { chatsBound } from '../lib/workspace/at-work.js'

/** Null where none is known to be bound to a session, and where the system does not tell of processes. */
export function chatBeside(root: string, pid: number): string | null {
  const around = ancestorsOf(pid)
  const own = chatsBound(root).filter((chat) => {
    const [, host, id] = /^mcp:(.*):(\d+):\d+$/.exec(chat) ?? []
    if (host !== hostname()) return false
    const parent = parentOf(Number(id))
    return parent !== null && around.includes(parent)
  })
  // The nearest to its end: what was bound last.
  return own.at(-1) ?? null
}

const mostAncestors = 12

function ancestorsOf(pid: number): number[] {
  const ancestors: number[] = []
  for (let at = parentOf(pid); at !== null && at > 1 && ancestors.length < mostAncestors; at = parentOf(at)) {
    ancestors.push(at)
  }
  return ancestors
}

/** Null for a process that is gone, and where there is no /proc. */
function parentOf(pid: number): number | null {
  try {
    const line = readFileSync(join('/proc', String(pid), 'stat'), 'utf8')
    const [, , parent] = line.slice(line.lastIndexOf(')') + 1).split(' ')
    return Number(parent)
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return null
    throw error
  }
}
