/** What concerns two sessions, as a workspace's handle gives it. It is loaded when it is first asked for. */
import { withOwnErrors } from '../foreign-errors.js'
import type { Session } from '../session.js'
import { checkTool } from '../store/limits.js'
import type { Site } from '../verbs/site.js'
import type { BetweenApi } from '../workspace-api.js'
import type { OperationLog } from './operation-log.js'

export function betweenSessions(
  site: { require(): Site },
  open: (name: string | undefined) => Promise<Session>,
  log: OperationLog,
): BetweenApi {
  /** On the session `name`, which alone it may change. */
  const logged = <Result>(
    operation: string,
    name: string | undefined,
    work: () => Promise<Result>,
    about: { note?: string } = {},
  ) =>
    log.during({ operation, session: name ?? null, sessionCreatedAt: null, ...about }, () =>
      withOwnErrors(work),
    )
  const both = async (name: string | undefined, other: string | undefined) =>
    [await open(name), await open(other)] as const
  const previewed: BetweenApi['preview'] = async (source, into, options) => {
    const [from, to] = await both(source, into)
    const { previewMerge } = await import('../verbs/merge.js')
    return from.lookAt((one) => to.lookAt((other) => previewMerge(one, other, options)))
  }
  return {
    merge: (source, into, options) =>
      logged('merge_sessions', into, async () => {
        const [from, to] = await both(source, into)
        const { mergeSessions } = await import('../verbs/merge.js')
        return from.lookAt((one) =>
          to.withStore(async (other) => {
            // A merge writes whole files, as that tool does.
            checkTool(other.name, other.record.header.limits, 'write_session_file')
            return mergeSessions(site.require(), one, other, options)
          }),
        )
      }),
    preview: (source, into, options) =>
      logged('merge_sessions', into, () => previewed(source, into, options), { note: 'preview' }),
    mergeable: (one, other) =>
      withOwnErrors(async () => {
        const found: string[] = []
        for (const [source, into] of [
          [other, one],
          [one, other],
        ] as const) {
          const { modified, created, deleted, conflicts } = await previewed(source, into)
          if (modified.length + created.length + deleted.length + conflicts.length > 0) found.push(source)
        }
        return found
      }),
    compare: (name, other, options) =>
      logged('diff_session', name, async () => {
        const [from, to] = await both(name, other)
        const { compareSessions } = await import('../verbs/compare-sessions.js')
        return from.lookAt((one) => to.lookAt((two) => compareSessions(one, two, options)))
      }),
  }
}
