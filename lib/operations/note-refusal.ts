import { isCowriteError } from '../errors.js'
import type { WorkspaceApi } from '../workspace-api.js'
import type { Runnable } from './runnable.js'

/** The inputs by which a call names the session that it is about, and those that name files. */
const namesOfSessions = ['session', 'name', 'session_id']
const namesOfPaths = ['file_path', 'files', 'source', 'destination', 'folder']

/**
 * Has a call that was refused for its input stand in the log of the session that it names: nothing was done, and yet
 * somebody tried. `within` opens the workspace; where no session is named, it is not asked to.
 */
export async function noteRefusal(
  within: (act: (workspace: WorkspaceApi) => Promise<void>) => Promise<void>,
  { name: operation, input }: Pick<Runnable, 'name' | 'input'>,
  raw: unknown,
  error: unknown,
): Promise<void> {
  const given = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {}
  const textsAt = (names: readonly string[]): string[] =>
    names
      .filter((one) => Object.hasOwn(input.shape, one) && Object.hasOwn(given, one))
      .flatMap((one) => given[one])
      .filter((value) => typeof value === 'string')
  const [session] = textsAt(namesOfSessions)
  if (session === undefined) return
  const paths = textsAt(namesOfPaths)
  try {
    await within((workspace) => workspace.records.noteRefusal({ operation, session, paths }, error))
  } catch (unlogged) {
    // Where there is no workspace to be had, what was wrong with the call is still what its caller can mend.
    if (!isCowriteError(unlogged)) throw unlogged
  }
}
