/** Whether a chat works in a session, seen from outside: for programs that must not be late. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../errors.js'
import { layoutOf, stateFolderNames } from '../store/layout.js'

/** False where `chat` surely has no session: none is active, and it is bound to none. What cannot be read may say so. */
export function mayBeAtWork(root: string, chat: string): boolean {
  return stateFolderNames.some((name) => namesOne(join(root, layoutOf(name).sessionLock), chat))
}

function namesOne(file: string, chat: string): boolean {
  try {
    const lock = JSON.parse(readFileSync(file, 'utf8'))
    if (lock.active !== null) return true
    return (
      !Array.isArray(lock.bindings) ||
      lock.bindings.some((binding: { chat?: unknown }) => binding.chat === chat)
    )
  } catch (error) {
    return errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR'
  }
}

/** The chats that are bound to a session, the latest last; none where that cannot be read. */
export function chatsBound(root: string): string[] {
  for (const name of stateFolderNames) {
    const file = join(root, layoutOf(name).sessionLock)
    const bindings = bindingsIn(file)
    if (bindings !== null) return bindings
  }
  return []
}

function bindingsIn(file: string): string[] | null {
  try {
    const { bindings } = JSON.parse(readFileSync(file, 'utf8'))
    if (!Array.isArray(bindings)) return []
    return bindings
      .map((binding: { chat?: unknown }) => binding.chat)
      .filter((chat) => typeof chat === 'string')
  } catch (error) {
    if (error instanceof SyntaxError) return []
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  }
}
