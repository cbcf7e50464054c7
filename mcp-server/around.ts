/** What was written around a session is told with the next answer: not every client has hooks that tell it. */
import { isCowriteError } from '../lib/errors.js'
import type { Operation } from '../lib/operations/operation.js'
import { renderNewsAround } from '../lib/render/adopt-changes.js'
import type { WorkspaceApi } from '../lib/workspace-api.js'

/** A look goes over the whole workspace, and a model may write a thousand files: so much of the time may go into it. */
const share = 0.05

export function newsTeller(): (operation: Operation, workspace: WorkspaceApi) => Promise<string | null> {
  let nextLook = 0
  return async ({ kind, group }, workspace) => {
    if (kind === 'read' || group === 'records' || performance.now() < nextLook) return null
    const began = performance.now()
    try {
      const session = await workspace.active()
      const news = (await session?.bypasses.list())?.filter(({ isNew }) => isNew) ?? []
      return session === null || news.length === 0 ? null : renderNewsAround(session.name, news)
    } catch (error) {
      // The answer itself has been given, and what is wrong with the session the next call says.
      if (isCowriteError(error)) return null
      throw error
    } finally {
      nextLook = performance.now() + (performance.now() - began) / share
    }
  }
}
