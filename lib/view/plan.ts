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

/** A command sees the session at the workspace's own path, and the folder would not hear of what it does there. */
export function standsThere(session: string, folder: string): CowriteError {
  return new CowriteError(
    'LOCKED',
    `Session '${session}' has a view that stands in ${folder}: run it there, or close that view first.`,
    { session, holder: 'view' },
  )
}

export function inUse(session: string, folder: string, pid: number): CowriteError {
  return new CowriteError(
    'LOCKED',
    `Process ${pid} is at work in ${folder}, the view of session '${session}'; end it first.`,
    { session, holder: `process ${pid}` },
  )
}
