/** Which folder is a workspace, and which is not, where that may surprise. */
import { codeSpan } from '../text/escape.js'
import type { Block } from './blocks.js'
import type { OperationName } from './commands.js'
import { type Face, inertFor } from './face.js'
import type { Results } from './results.js'
import { type Arguments, quoteForShell, spellPlain } from './spell.js'

/** A workspace that a start made: commands below its folder work in it from now on. */
export function newWorkspaceBlock(
  { session_id: name, new_workspace: folder, within }: Results['create_session'],
  face: Face,
): Block {
  if (folder === undefined) return null
  const inert = inertFor(face)
  const line = `🏠 New workspace: ${inert(folder)}`
  if (within === undefined) return [line]
  return [
    line,
    `   It lies inside ${inert(within)}, which looks like the top of the work, and knows nothing of it.`,
    `   To work there instead: ${at(within, face, 'create_session', { name })}`,
    `   Then end this one: ${at(folder, face, 'cancel_session', { name })}`,
  ]
}

/** Where something of a workspace was asked for, and the folder is none. */
export function noWorkspaceBlock(
  missing: { folder: string; above: string | null } | undefined,
  face: Face,
): Block {
  if (missing === undefined) return null
  const inert = inertFor(face)
  return [
    `🏠 No workspace here: ${inert(missing.folder)}`,
    ...(missing.above === null
      ? ['   Nor is any folder above it one. The first session makes one.']
      : [
          `   The nearest above: ${inert(missing.above)}`,
          `   To look there: ${at(missing.above, face, 'list_sessions')}`,
        ]),
  ]
}

/** A command for another folder, which a chat cannot name: its reader has a terminal. */
function at(folder: string, face: Face, operation: OperationName, given: Arguments = {}): string {
  const command = `${spellPlain('shell', operation, given)} --workspace ${quoteForShell(folder)}`
  return face === 'shell' ? inertFor(face)(command) : `${codeSpan(command)}, in a terminal`
}
