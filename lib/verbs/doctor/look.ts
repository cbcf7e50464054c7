import type { Finding } from '../../doctor-api.js'
import type { FilePort } from '../../port/port.js'
import type { Config } from '../../store/config-schema.js'
import type { Guard } from '../../store/guard.js'
import type { Layout } from '../../store/layout.js'
import { sessionNames } from '../../store/session-store.js'
import { looking } from './finding.js'
import { lookAtArchives } from './look-at-archives.js'
import { lookAtHistory } from './look-at-history.js'
import { lookAtJournal, lookAtTrash } from './look-at-journal.js'
import { lookAtRoot, lookForStaged } from './look-at-root.js'
import { lookAtSession } from './look-at-session.js'
import { lookAtState } from './look-at-state.js'

/** What a look at a workspace works with; its port writes nothing. */
export interface Look {
  port: FilePort
  layout: Layout
  config: Config
  guard: Guard
  /** What floors above this one look at. */
  further: readonly Looker[]
}

/** One part of a look, and the path that it is about. */
export interface Looker {
  path(layout: Layout): string
  look(look: Look): Finding[] | Promise<Finding[]>
}

/** Everything that is not as it should be, as it lies at this moment. */
export async function lookAround(look: Look): Promise<Finding[]> {
  const { port, layout } = look
  const findings = [
    ...(await looking('', () => lookAtRoot(port))),
    ...(await lookAtState(look)),
    ...(await looking(layout.journal, () => lookAtJournal(look))),
    ...(await looking('', () => lookForStaged(look))),
    ...(await looking(layout.trash, () => lookAtTrash(look))),
    ...(await looking(layout.history, () => lookAtHistory(look))),
    ...(await looking(layout.archives, () => lookAtArchives(look))),
  ]
  for (const one of look.further) findings.push(...(await looking(one.path(layout), () => one.look(look))))
  for (const name of await sessionsSeen(look, findings)) {
    findings.push(...(await looking(layout.session(name), () => lookAtSession(look, name), name)))
  }
  return findings
}

async function sessionsSeen({ port, layout }: Look, findings: Finding[]): Promise<string[]> {
  let names: string[] = []
  const failed = await looking(layout.sessions, () => {
    names = sessionNames(port, layout)
    return []
  })
  findings.push(...failed)
  return names
}
