/** What is kept of sessions, as a workspace's handle gives it. It is loaded when it is first asked for. */
import { withOwnErrors } from '../foreign-errors.js'
import type { RecordsApi } from '../records-api.js'
import type { Site } from '../verbs/site.js'

/** `siteOrNull` is null where nothing was ever started. */
export function recordsOf(siteOrNull: () => Site | null): RecordsApi {
  type Room = typeof import('../records/index.js')
  const withRoom = <Result>(work: (room: Room) => Promise<Result>): Promise<Result> =>
    withOwnErrors(async () => work(await import('../records/index.js')))

  return {
    operations: (session) => withRoom((room) => room.operationsOf(siteOrNull(), session)),
  }
}
