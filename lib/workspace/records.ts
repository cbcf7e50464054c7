/** What is kept of sessions, as a workspace's handle gives it. Each part of it is loaded when it is first asked for. */
import type { FileDiff } from '../api.js'
import { CowriteError } from '../errors.js'
import { withOwnErrors } from '../foreign-errors.js'
import { isSessionName } from '../paths.js'
import type { SessionIdentity } from '../records/chats.js'
import type { RecordsApi } from '../records-api.js'
import { type Caller, noActiveSession } from '../verbs/chats.js'
import type { Site } from '../verbs/site.js'
import type { Doing, OperationLog } from './operation-log.js'
import type { SiteKeeper } from './site-keeper.js'

interface Place {
  site: Site
  caller: Caller
}

/** What a workspace's handle lends to its records. */
interface Handles {
  /** Lets go of an open handle of a session. */
  forget(session: string): Promise<void>
  /** What an open session has changed. Throws SESSION_CRASHED. */
  changesIn(session: string): Promise<FileDiff[]>
}

export function recordsOf(
  sites: SiteKeeper,
  caller: Caller,
  log: OperationLog,
  { forget, changesIn }: Handles,
): RecordsApi {
  const at = <Result>(work: (place: Place) => Promise<Result>, nothing: Result): Promise<Result> =>
    withOwnErrors(async () => {
      const site = sites.orNull()
      return site === null ? nothing : work({ site, caller })
    })
  /** For what is about one session. */
  const about = <Result>(
    name: string | undefined,
    work: (place: Place) => Promise<Result>,
  ): Promise<Result> =>
    withOwnErrors(async () => {
      const site = sites.orNull()
      if (site !== null) return work({ site, caller })
      if (name === undefined) throw noActiveSession(caller, sites.missing)
      throw new CowriteError('SESSION_NOT_FOUND', `Session '${name}' not found`, { session: name })
    })

  return {
    noteRefusal: ({ operation, session, paths = [] }, error) =>
      at(async ({ site }) => {
        const isOpen = isSessionName(session) && site.port.stat(site.layout.session(session))?.isDirectory()
        if (isOpen) log.refused({ ...doing(operation, session), paths }, error)
      }, undefined),
    operations: (session) =>
      at(async ({ site }) => (await import('../records/operations.js')).operationsOf(site, session), []),
    list: (options = {}) =>
      at(async (place) => (await import('../records/list.js')).listRecords(place, options), {
        ...{
          sessions: [],
          count: 0,
          limit: options.limit ?? null,
          offset: options.offset ?? 0,
          active: null,
        },
      }),
    show: (name, options = {}) =>
      about(name, async (place) => (await import('../records/details.js')).showRecord(place, name, options)),
    search: (query, options = {}) =>
      at(async (place) => (await import('../records/search.js')).searchRecords(place, query, options), {
        ...{ query, sessions: [], count: 0, limit: options.limit ?? 20, offset: options.offset ?? 0 },
      }),
    stats: (options = {}) =>
      withOwnErrors(async () => {
        const { statistics } = await import('../records/stats.js')
        const site = sites.orNull()
        return statistics(site && { site, caller }, options)
      }),
    export: (name, format) =>
      about(name, async (place) =>
        (await import('../records/export.js')).exportRecord(place, name, format, changesIn),
      ),
    remove: (name, options = {}) => {
      const work = (current?: Doing) =>
        about(name, async (place) => {
          const { removeRecord } = await import('../records/prune.js')
          const letGo = async ({ name, createdAt }: SessionIdentity): Promise<void> => {
            Object.assign(current ?? {}, { session: name, sessionCreatedAt: createdAt })
            await forget(name)
          }
          return removeRecord(place, name, { ...options, letGo })
        })
      return options.force ? log.during(doing('delete_session', name), work) : work()
    },
    prune: (options = {}) => {
      const work = () =>
        withOwnErrors(async () => {
          const { pruneRecords } = await import('../records/prune.js')
          const site = sites.orNull()
          return pruneRecords(site && { site, caller }, options)
        })
      return options.force ? log.during(doing('prune_sessions', null), work) : work()
    },
  }
}

function doing(operation: string, session: string | null): Doing {
  return { operation, session, sessionCreatedAt: null }
}
