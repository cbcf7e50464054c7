/** What was written around a session, as its handle gives it. It is loaded when it is first asked for. */
import type { BypassesApi } from '../bypass-api.js'
import type { SessionStore } from '../store/overlay.js'
import type { Site } from '../verbs/site.js'

/** `operation` names what is logged, and writes. */
type Within = <Result>(work: () => Promise<Result>, operation?: string) => Promise<Result>

export function bypassesOf(site: Site, store: SessionStore, within: Within): BypassesApi {
  const noted = () => import('../verbs/bypasses.js')
  const adopting = () => import('../verbs/adopt-bypasses.js')
  return {
    list: (options) => within(async () => (await noted()).listBypasses(site, store, options)),
    note: (path, { tool, before }) =>
      within(async () => (await noted()).noteBypass(store, path, tool, before), 'note_bypass'),
    leave: (paths) => within(async () => (await noted()).settleBypasses(store, paths), 'leave_bypasses'),
    adopt: (paths) =>
      within(async () => (await adopting()).adoptBypasses(site, store, paths), 'adopt_bypasses'),
  }
}
