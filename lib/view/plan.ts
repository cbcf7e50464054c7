import { CowriteError } from '../errors.js'
import type { SessionStore } from '../store/overlay.js'
import type { Site } from '../verbs/site.js'
import type { ViewPlan } from './provider.js'

export function planFor(site: Site, store: SessionStore): ViewPlan {
  const { port, layout, record, name } = store
  return {
    port,
    state: site.layout.state,
    session: layout,
    view: site.layout.view(name),
    scratch: record.header.scratch && port.stat(layout.artifacts) !== null,
  }
}

export function busy(session: string, pid: number): CowriteError {
  return new CowriteError(
    'LOCKED',
    `A command already runs in the view of session '${session}' (process ${pid}); wait for its end, or run this in another session.`,
    { session, holder: `process ${pid}` },
  )
}
