/** The one place that operations on sessions are logged from, whichever face they came through. */

import { isCowriteError } from '../errors.js'
import { monotonicNow } from '../port/host.js'
import type { FilePort } from '../port/port.js'
import type { LoggedOperation } from '../records-api.js'
import type { ChangesMade, LeftOut, RunningCommand, View, ViewResult } from '../run-api.js'
import type { Layout } from '../store/layout.js'
import { OpLog } from '../store/op-log.js'

/** What an operation is about; what turns out only while it runs is put in by then. */
export interface Doing {
  operation: string
  session: string | null
  sessionCreatedAt: string | null
  paths?: readonly string[]
  made?: ChangesMade
  note?: string
  /** Whom it is done for, where that is not the handle's own agent. */
  agent?: string
  /** When it began, once it has. */
  at?: string
}

/** `name` is the session that it is about, where that was said. */
export function doingOf(operation: string, name: string | undefined): Doing {
  return { operation, session: typeof name === 'string' ? name : null, sessionCreatedAt: null }
}

/** The operation turns out to be about this session. */
export function tellingOf<Subject extends { name: string; createdAt: string }>(
  doing: Doing,
  session: Subject,
): Subject {
  Object.assign(doing, { session: session.name, sessionCreatedAt: session.createdAt })
  return session
}

/** What is known beforehand of what an operation is about; `file` is the only one it touches. */
export interface About {
  file?: string
  paths?: readonly string[]
  note?: string
}

/** Who works with a handle. */
export interface Who {
  agent: string
  client: string
  chat: string | null
}

/** How many paths a line names: a commit of ten thousand has its list in history. */
const mostPaths = 50
/** Of a path or a note, in characters: what was refused may be anything. */
const longest = 300

/** Logs what a workspace's handle does, once there is a state folder to log it in. */
export class OperationLog {
  readonly #port: FilePort
  readonly #layoutOf: () => Layout | null
  readonly #who: Who
  #log: OpLog | undefined

  constructor(port: FilePort, layoutOf: () => Layout | null, who: Who) {
    this.#port = port
    this.#layoutOf = layoutOf
    this.#who = who
  }

  /** Runs an operation, and logs it when it has ended. */
  async during<Result>(doing: Doing, work: (doing: Doing) => Promise<Result>): Promise<Result> {
    const ended = this.begin(doing)
    let result: Result
    try {
      result = await work(doing)
    } catch (error) {
      ended(error)
      throw error
    }
    ended()
    return result
  }

  /** For an operation that goes on: what is returned logs its end. */
  begin(doing: Doing): (error?: unknown) => void {
    const at = new Date().toISOString()
    const began = monotonicNow()
    doing.at = at
    return (error) => this.#append(doing, at, began, error === undefined ? 'ok' : outcomeOf(error))
  }

  /** Logs what was refused before it began, such as a tool that a session does not allow. */
  refused(doing: Doing, error: unknown): void {
    this.begin(doing)(error)
  }

  /** Logs what a check refuses, and nothing of what it lets pass. */
  refusing(doing: Doing, check: () => void): void {
    try {
      check()
    } catch (error) {
      this.refused(doing, error)
      throw error
    }
  }

  /** A command in a view, which is logged when it has ended, with what did not come in. */
  async whileRunning(doing: Doing, start: () => Promise<RunningCommand>): Promise<RunningCommand> {
    const ended = this.begin(doing)
    try {
      const running = await start()
      running.done.then((result) => {
        if (result.session === doing.session && result.changes !== null) doing.made = result.changes
        ended()
        this.#leftOutLater(doing, result)
      }, ended)
      return running
    } catch (error) {
      ended(error)
      throw error
    }
  }

  /**
   * Logs what did not come in from a view: each is a refusal. It counts for the session that the operation was about when
   * it began, which may be over by now.
   */
  leftOut({ made: _made, ...doing }: Doing, leftOut: readonly LeftOut[] = []): void {
    for (const code of ['PATH_PROTECTED', 'WRONG_KIND', 'INVALID_INPUT'] as const) {
      const refused = leftOut.filter((one) => one.code === code)
      if (refused.length === 0) continue
      const note = [...new Set(refused.map(({ reason }) => reason))].join('; ')
      const about = { ...doing, operation: 'bring_in_view', note, paths: refused.map(({ path }) => path) }
      this.#append(about, doing.at ?? new Date().toISOString(), monotonicNow(), code)
    }
  }

  /** As `leftOut`, long after it began: what was written there may be in another session. */
  #leftOutLater({ at: _at, ...doing }: Doing, { session, leftOut }: ViewResult): void {
    const isOther = session !== null && session !== doing.session
    this.leftOut(isOther ? { ...doing, session, sessionCreatedAt: null } : doing, leftOut)
  }

  /** The view, which logs what does not come in when it is looked through and when it is closed. */
  withView(view: View, doing: Doing): View {
    const logged = async (result: Promise<ViewResult>): Promise<ViewResult> => {
      this.#leftOutLater(doing, await result)
      return result
    }
    return { ...view, sync: () => logged(view.sync()), close: () => logged(view.close()) }
  }

  close(): void {
    this.#log?.close()
    this.#log = undefined
  }

  #append(doing: Doing, at: string, began: number, outcome: LoggedOperation['outcome']): void {
    const layout = this.#layoutOf()
    // In what a newer version wrote, nothing is touched (D4).
    if (layout === null || outcome === 'WORKSPACE_UNAVAILABLE') return
    this.#log ??= new OpLog(this.#port, layout)
    const { operation, session, sessionCreatedAt, paths = [], made, note, agent = this.#who.agent } = doing
    this.#log.append({
      at,
      ms: Math.round((monotonicNow() - began) * 1000) / 1000,
      operation,
      session: session === null ? null : session.slice(0, longest),
      sessionCreatedAt,
      agent,
      client: this.#who.client,
      chat: this.#who.chat,
      paths: paths.slice(0, mostPaths).map((path) => String(path).slice(0, longest)),
      outcome,
      ...madeIn(made),
      ...(note === undefined ? {} : { note: note.slice(0, longest) }),
    })
  }
}

/** Of each kind as many as a line names of any paths. */
function madeIn(made: ChangesMade | undefined): Pick<LoggedOperation, 'made'> {
  if (made === undefined) return {}
  const { modified, created, deleted, moved = [] } = made
  const all = modified.length + created.length + deleted.length
  if (all === 0) return {}
  const first = (paths: readonly string[]) => paths.slice(0, mostPaths).map((path) => path.slice(0, longest))
  const kept = { modified: first(modified), created: first(created), deleted: first(deleted) }
  const [came, went] = [new Set(kept.created), new Set(kept.deleted)]
  const whole = moved.filter(({ from, to }) => came.has(to) && went.has(from))
  const more = all - kept.modified.length - kept.created.length - kept.deleted.length
  return {
    made: { ...kept, ...(whole.length === 0 ? {} : { moved: whole }), ...(more === 0 ? {} : { more }) },
  }
}

function outcomeOf(error: unknown): LoggedOperation['outcome'] {
  return isCowriteError(error) ? error.code : 'IO'
}
