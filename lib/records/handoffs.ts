/** Where the pages of handoffs lie, and which of them whoever begins next is told of. */
import type { OfferedHandoff } from '../chats-api.js'
import { namesIn } from '../store/files.js'
import type { Layout } from '../store/layout.js'
import { readOperations } from '../store/op-log.js'
import type { Site } from '../verbs/site.js'
import type { SessionIdentity } from './chats.js'

type Identity = Pick<SessionIdentity, 'name' | 'createdAt'>

/** By its name and the moment it was made, so that a later session of the same name has a page of its own. */
export function handoffPath(layout: Layout, { name, createdAt }: Identity): string {
  return layout.handoff(`${name}${separator}${stampOf(createdAt)}`)
}

const separator = '.'

function stampOf(moment: string): string {
  return moment.replace(/[^0-9TZ]/g, '')
}

/** Its own page, else the newest where no other session was begun since. */
export function offeredTo(site: Site, session: Identity): OfferedHandoff | null {
  const pages = pagesIn(site)
  const own = pages.find(({ savedTo }) => savedTo === handoffPath(site.layout, session))
  if (own !== undefined) return own
  const [newest] = pages
  if (newest === undefined) return null
  const isTaken = readOperations(site.port, site.layout, '"create_session"').operations.some(
    ({ operation, outcome, at, session: name, sessionCreatedAt }) =>
      operation === 'create_session' &&
      outcome === 'ok' &&
      at >= newest.createdAt &&
      sessionCreatedAt !== session.createdAt &&
      newest.savedTo !== handoffPath(site.layout, { name: name ?? '', createdAt: sessionCreatedAt ?? '' }),
  )
  return isTaken ? null : newest
}

/** Newest first. */
function pagesIn({ port, layout }: Site): OfferedHandoff[] {
  const pages = namesIn(port, layout.handoffs).flatMap((file): OfferedHandoff[] => {
    const savedTo = `${layout.handoffs}/${file}`
    const session = /^([\w-]+)\.\w+\.md$/.exec(file)?.[1]
    const stat = session === undefined ? null : port.stat(savedTo)
    if (session === undefined || !stat?.isFile()) return []
    return [{ session, createdAt: new Date(Number(stat.mtimeMs)).toISOString(), savedTo }]
  })
  return pages.sort((left, right) => (left.createdAt < right.createdAt ? 1 : -1))
}
