/** The state folder itself: its folders, session.lock, the locks and the index. */
import type { Finding } from '../../doctor-api.js'
import { isCowriteError } from '../../errors.js'
import { parentOf } from '../../paths.js'
import { isAlive } from '../../port/host.js'
import { decodeLines } from '../../store/append-log.js'
import { namesIn, readIfThere } from '../../store/files.js'
import { isDead, readHolders } from '../../store/holders.js'
import { isAbandonedLock, lockNames, lockPath } from '../../store/locks.js'
import { readOperations } from '../../store/op-log.js'
import { PathIndex } from '../../store/path-index.js'
import { readSessionLock, unfinishedSessionLocks } from '../../store/session-lock.js'
import { sessionNames, unfinishedSessions } from '../../store/session-store.js'
import { count } from '../../text/words.js'
import { recordOrNull } from '../check.js'
import { found, looking } from './finding.js'
import type { Look } from './look.js'
import { temporaryName } from './temporary.js'

export async function lookAtState(look: Look): Promise<Finding[]> {
  const { layout } = look
  return [
    ...(await looking(layout.state, () => lookAtFolders(look))),
    ...(await looking(layout.state, () => lookForTemporaries(look))),
    ...(await looking(layout.lockHolders, () => lookAtLockHolders(look))),
    ...(await looking(layout.sessions, () => lookForUnfinishedSessions(look))),
    ...(await looking(layout.sessionLock, () => lookAtSessionLock(look))),
    ...(await looking(layout.index, () => lookAtIndex(look))),
    ...(await looking(layout.operations, () => lookAtLog(look))),
  ]
}

/** Locks that nobody holds; takes some seconds where one was held a moment ago. */
export async function lookAtLocks({ port, layout }: Look): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const name of lockNames) {
    if (await isAbandonedLock(port, layout, name))
      findings.push(found('lock_stale', lockPath(layout, name), 'a process died that held this lock'))
  }
  return findings
}

function lookAtFolders({ port, layout }: Look): Finding[] {
  const folders = [layout.sessions, layout.archives, layout.history, layout.journal, layout.trash]
  return folders.flatMap((folder) => {
    const stat = port.stat(folder)
    if (stat === null) return [found('folder_missing', folder, 'this folder of cowrite is gone')]
    if (stat.isDirectory()) return []
    return [found('unreadable', folder, 'something else is in the place of this folder')]
  })
}

/** Nobody takes as long to write a small file, in milliseconds: of what no lock guards, only older ones are left behind. */
const longestWrite = 60_000

function lookForTemporaries({ port, layout }: Look): Finding[] {
  const temporariesIn = (folder: string) =>
    namesIn(port, folder)
      .filter((name) => temporaryName.test(name))
      .map((name) => `${folder}/${name}`)
  const isOld = (path: string) => Date.now() - Number(port.stat(path)?.mtimeMs ?? Date.now()) > longestWrite
  const unguarded = [layout.handoffs, layout.log, parentOf(layout.transcriptTotals(''))]
  return [
    ...temporariesIn(layout.state),
    ...unfinishedSessionLocks(port, layout),
    ...unguarded.flatMap(temporariesIn).filter(isOld),
  ].map((path) => found('temporary_leftover', path, 'a process died while it wrote it'))
}

/** Notes of those who changed session.lock or numbered a retry, as earlier versions made them; the next process to do so removes them. */
function lookAtLockHolders({ port, layout }: Look): Finding[] {
  return readHolders(port, { holders: layout.lockHolders })
    .filter(isDead)
    .map(({ file }) => found('holder_dead', file, 'a process died while it had a lock'))
}

function lookForUnfinishedSessions({ port, layout }: Look): Finding[] {
  return unfinishedSessions(port, layout).map((path) =>
    found('session_unfinished', path, 'a process died while it made a session'),
  )
}

function lookAtSessionLock({ port, layout }: Look): Finding[] {
  const path = layout.sessionLock
  let lock: ReturnType<typeof readSessionLock>
  try {
    lock = readSessionLock(port, layout)
  } catch (error) {
    if (!isCowriteError(error, 'CORRUPT')) throw error
    return [found('session_lock_damaged', path, 'session.lock cannot be read')]
  }
  const isThere = (session: string) => port.stat(layout.session(session))?.isDirectory() ?? false
  const findings: Finding[] = []
  if (lock.active !== null && !isThere(lock.active)) {
    findings.push(
      found('active_missing', path, `it names ${lock.active} as the active session, which is not there`),
    )
  }
  const over = [...lock.bindings.values()].filter(
    ({ session, process }) => !isThere(session) || (process !== null && isAlive(process) === 'dead'),
  )
  if (over.length > 0) {
    const chats = over.length === 1 ? 'a chat that has' : `${over.length} chats that have`
    findings.push(found('binding_stale', path, `it binds ${chats} ended, or whose session has`))
  }
  return findings
}

/** The index may name too much, never too little. */
function lookAtIndex({ port, layout }: Look): Finding[] {
  const stale = (detail: string) => [found('index_stale', layout.index, detail)]
  const bytes = readIfThere(port, layout.index)
  if (bytes === null) return stale('the index is gone')
  if (decodeLines(bytes).damaged > 0) return stale('the index is damaged')
  const index = new PathIndex(port, layout)
  try {
    const missing = sessionNames(port, layout).some((session) => {
      const record = recordOrNull(port, layout.sessionLayout(session))
      record?.close()
      return [...(record?.entries.keys() ?? [])].some((path) => !index.others('', path).includes(session))
    })
    return missing ? stale('the index does not name all that the sessions changed') : []
  } finally {
    index.close()
  }
}

function lookAtLog({ port, layout }: Look): Finding[] {
  const stat = port.stat(layout.operations)
  if (stat !== null && !stat.isFile())
    return [
      found('log_blocked', layout.operations, 'something else is in the place of the log of operations'),
    ]
  const { damaged } = readOperations(port, layout)
  if (damaged === 0) return []
  return [found('log_damaged', layout.log, `the log of operations holds ${count(damaged, 'damaged line')}`)]
}
