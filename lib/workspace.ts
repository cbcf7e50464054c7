import type {
  CancelOptions,
  CancelResult,
  CommitSummary,
  RecoverResult,
  Retry,
  SessionList,
  StartOptions,
  SwitchResult,
  UndoOptions,
  UndoResult,
  WatchOptions,
  WorkspaceEvent,
} from './api.js'
import type { ChatsApi } from './chats-api.js'
import type { DoctorOptions, DoctorReport } from './doctor-api.js'
import { CowriteError } from './errors.js'
import { withOwnErrors } from './foreign-errors.js'
import { parseSessionName } from './paths.js'
import type { FinishedFirst } from './placed-api.js'
import { openDiskPort } from './port/disk.js'
import { openMemoryPort } from './port/memory.js'
import type { FilePort } from './port/port.js'
import type { RecordsApi } from './records-api.js'
import type { RunObstacles, View, ViewSummary } from './run-api.js'
import type { Session } from './session.js'
import { findStateFolder, markerlessStateFolder } from './store/config.js'
import { defaultConfig } from './store/config-schema.js'
import { layoutOf, type StateFolderName } from './store/layout.js'
import type { SessionStore } from './store/overlay.js'
import { readArchivedRetry } from './verbs/all-retries.js'
import { receiveChat } from './verbs/begin-chat.js'
import { activate, type Caller, checkLock, currentSession, noActiveSession } from './verbs/chats.js'
import { countsIn } from './verbs/counts.js'
import { checkFolder, checkWorkspace } from './verbs/doctor/doctor.js'
import { listCommits } from './verbs/history.js'
import { listSessions } from './verbs/listing.js'
import { recoverSession } from './verbs/recover.js'
import { startSession } from './verbs/sessions.js'
import { undo } from './verbs/undo.js'
import { type Watching, watchWorkspace } from './verbs/watch.js'
import { cancelWithView } from './view/cancelling.js'
import { endedView, findView, listViews, sessionOfView } from './view/ended-views.js'
import { recoverLeftover } from './view/leftover.js'
import { viewsLooker } from './view/looking.js'
import { obstaclesTo } from './view/obstacles.js'
import { sessionAround } from './view/view-folder.js'
import { betweenSessions } from './workspace/between.js'
import { chatsOf } from './workspace/chats.js'
import { findViewAround, refuseStateFolder } from './workspace/find-workspace.js'
import { finishForDead } from './workspace/finishing.js'
import { OpenSessions } from './workspace/open-sessions.js'
import { type Doing, doingOf, OperationLog, tellingOf } from './workspace/operation-log.js'
import type { WorkspaceOptions } from './workspace/options.js'
import { recordsOf } from './workspace/records.js'
import { SiteKeeper } from './workspace/site-keeper.js'
import { tellingOfEnd } from './workspace/telling-of-end.js'
import type {
  BetweenApi,
  ChatBeginning,
  ChatOptions,
  FoldersApi,
  SessionApi,
  WorkspaceApi,
} from './workspace-api.js'

export type { WorkspaceOptions } from './workspace/options.js'

/**
 * Opens a folder as a workspace. Nothing is written until the first session is started, but for what a
 * crash left unfinished. Throws WORKSPACE_UNAVAILABLE.
 */
export async function openWorkspace(root: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  return withOwnErrors(async () => {
    const port = options.fs ? openMemoryPort(options.fs, root) : openDiskPort(root)
    if (!options.fs) refuseStateFolder(port.root)
    const workspace = new Workspace(port, options)
    if (options.recover !== false) await workspace.recoverDead()
    return workspace
  })
}

/** A folder that is worked on, and the sessions over it. */
export class Workspace implements WorkspaceApi {
  readonly root: string
  finishedFirst: FinishedFirst | null = null
  /** The chats of agents that worked in sessions. */
  readonly chats: ChatsApi
  /** What is kept of sessions, open or ended. */
  readonly records: RecordsApi
  readonly between: BetweenApi
  readonly folders: FoldersApi
  readonly #port: FilePort
  readonly #caller: Caller
  readonly #log: OperationLog
  readonly #sessions: OpenSessions
  readonly #site: SiteKeeper

  /** @internal */
  constructor(port: FilePort, options: WorkspaceOptions) {
    this.root = port.root
    this.#port = port
    this.#site = new SiteKeeper(port, options)
    this.folders = this.#site
    this.#caller = {
      chat: options.chat ?? null,
      chatEndsWithProcess: options.chat?.startsWith('mcp:') ?? false,
      session: options.session ?? sessionAround(port) ?? sessionOfView(port, findViewAround(options.cwd)),
    }
    const client = options.client ?? 'library'
    this.#log = new OperationLog(port, () => this.#site.present?.layout ?? null, {
      agent: options.agentId ?? 'default',
      client,
      chat: options.chat ?? null,
    })
    this.#sessions = new OpenSessions(this.#site, this.#caller, this.#log)
    const site = () => this.#site.orNull()
    this.records = recordsOf(this.#site, this.#caller, this.#log, {
      forget: (name) => this.#sessions.forget(name),
      changesIn: async (name) => (await this.#session(name)).lookAtChanges(),
    })
    this.chats = chatsOf({
      ...{ site, caller: this.#caller, client, log: this.#log },
      open: (name) => this.#session(name),
      start: async (name, options) => (await this.start(name, options)) as Session,
    })
    this.between = betweenSessions(this.#site, (name) => this.#session(name), this.#log)
  }

  /** `workspace` or `.cowrite`; what it would be where nothing was started yet. */
  get stateFolder(): StateFolderName {
    return this.#site.stateFolder
  }

  /** The folders of the layout that this workspace has, such as `context` and `acts`. */
  get layout(): readonly string[] {
    const config = this.#site.orNull()?.config ?? defaultConfig()
    return config.folders.filter((folder) => this.#port.stat(folder)?.isDirectory())
  }

  /** Makes the state folder, if it is not there. Throws WORKSPACE_UNAVAILABLE, CANNOT_WRITE. */
  async initialize(): Promise<void> {
    await withOwnErrors(async () => this.#site.forWriting())
  }

  async start(name: string | undefined, options: StartOptions = {}): Promise<SessionApi> {
    return this.#logged('create_session', name, async (doing) => {
      // A name that cannot be one makes no workspace.
      if (name !== undefined) parseSessionName(name)
      const there = this.#site.orNull()
      const made = there === null ? { newWorkspace: this.root } : {}
      const site = there ?? this.#site.forWriting()
      if (options.agentId !== undefined) doing.agent = options.agentId
      if (options.from !== undefined) doing.note = `from ${options.from}`
      const begin = (from: SessionStore | null) =>
        this.#port.together(() => startSession(site, this.#caller, name, options, from))
      const parent = options.from === undefined ? null : await this.#session(options.from)
      const { name: begun, opened, ...opening } = await (parent?.withStore(begin) ?? begin(null))
      const { store, recovered } = opened ?? (await this.#sessions.openWithLeftover(site, begun))
      if (opening.resumed) doing.note = 'resumed'
      return tellingOf(doing, this.#sessions.remember(site, store, { ...opening, ...made, recovered }))
    })
  }

  async session(name?: string): Promise<SessionApi> {
    try {
      return await this.#session(name)
    } catch (error) {
      this.#log.refused(doingOf('open_session', name), error)
      throw error
    }
  }

  async #session(name?: string): Promise<Session> {
    return withOwnErrors(async () => {
      // Whatever is done in a session that is open follows the config by itself.
      const site = this.#sessions.isAny ? this.#site.present : this.#site.orNull()
      if (name === undefined && site === null && this.#caller.session === null)
        throw noActiveSession(undefined, this.#site.missing)
      let open: Session | null = null
      const isOpen = (session: string) => {
        open = this.#sessions.usable(session)
        return open !== null
      }
      const wanted = name ?? (site ? await currentSession(site, this.#caller, isOpen) : this.#caller.session)
      if (open !== null) return open
      if (wanted === null) throw noActiveSession(this.#caller)
      if (site === null)
        throw new CowriteError('SESSION_NOT_FOUND', `Session '${wanted}' not found`, { session: wanted })
      return tellingOfEnd(site, () => this.#sessions.open(site, wanted))
    })
  }

  async active(): Promise<SessionApi | null> {
    const site = await withOwnErrors(async () => this.#site.orNull())
    const name = await withOwnErrors(async () => site && (await currentSession(site, this.#caller)))
    return name === null ? null : this.session(name)
  }

  async list(): Promise<SessionList> {
    return withOwnErrors(async () => {
      const site = this.#site.orNull()
      return site ? listSessions(site, this.#caller) : { sessions: [], count: 0, active: null }
    })
  }

  async switch(name: string): Promise<SwitchResult> {
    return this.#logged('switch_session', name, async (doing) => {
      const site = this.#site.orNull()
      if (site !== null) checkLock(site)
      const session = tellingOf(doing, await this.#session(name))
      const { changes, ignored, sizeBytes, humanRetries, recovered } = await session.look()
      const from = await activate(this.#site.require(), this.#caller, session.name)
      const counts = { changes: countsIn(changes), ignored, humanRetries: humanRetries.length }
      return { from, to: session.name, path: session.path, ...counts, sizeBytes, recovered }
    })
  }

  async cancel(name?: string, options: CancelOptions = {}): Promise<CancelResult> {
    return this.#logged('cancel_session', name, async (doing) => {
      const site = this.#site.orNull()
      const wanted = name ?? (site && (await currentSession(site, this.#caller)))
      if (wanted === null || wanted === undefined) throw noActiveSession(this.#caller, this.#site.missing)
      if (site === null)
        throw new CowriteError('SESSION_NOT_FOUND', `Session '${wanted}' not found`, { session: wanted })
      await this.#sessions.forget(wanted)
      doing.session = wanted
      const result = await tellingOfEnd(site, () => cancelWithView(site, wanted, options))
      this.#log.leftOut({ ...doing, session: result.session }, result.view?.leftOut)
      return result
    })
  }

  async beginChat(options: ChatOptions = {}): Promise<ChatBeginning> {
    const site = await withOwnErrors(async () => this.#site.orNull())
    if (site === null) return { session: null, staleEnded: [] }
    const staleEnded = await withOwnErrors(() => receiveChat(site, this.#caller, options))
    const session = await this.active()
    if (session !== null || !site.config.chats.start_session) return { session, staleEnded }
    return { session: await this.start(undefined, { idempotent: true }), staleEnded }
  }

  async commits(): Promise<CommitSummary[]> {
    return withOwnErrors(async () => {
      const site = this.#site.orNull()
      return site ? listCommits(site) : []
    })
  }

  async undo(commitId?: string, options: UndoOptions = {}): Promise<UndoResult> {
    return this.#logged('undo_commit', undefined, async (doing) => {
      const site = this.#site.orNull()
      if (site === null) throw new CowriteError('NOT_FOUND', 'There is no commit to undo.', { path: '' })
      if (commitId !== undefined) doing.note = commitId
      const result = await undo(site, commitId, options)
      doing.note = result.commitId
      doing.paths = [...result.restored, ...result.removed]
      return result
    })
  }

  async recover(name?: string): Promise<RecoverResult> {
    return this.#logged('recover_session', name, async () => {
      const site = this.#site.orNull()
      if (site === null) {
        if (name === undefined)
          return { session: null, status: 'INACTIVE', finished: [], withdrawn: [], findings: [] }
        throw new CowriteError('SESSION_NOT_FOUND', `Session '${name}' not found`, { session: name })
      }
      if (name !== undefined) await this.#sessions.forget(name)
      const result = await tellingOfEnd(site, () => recoverSession(site, this.#caller, name))
      const found = result.session === null ? null : await recoverLeftover(site, result.session)
      if (found === null) return result
      this.#log.leftOut(doingOf('view', result.session ?? undefined), found.leftOut)
      return { ...result, findings: [...result.findings, found.finding] }
    })
  }

  /** Checks the workspace and every session of it; with `fix`, mends what can be mended without a person. */
  async doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
    return withOwnErrors(async () => {
      const state = markerlessStateFolder(this.#port) ?? findStateFolder(this.#port)
      if (state === null) return checkFolder(this.#port, options)
      return checkWorkspace(this.#port, layoutOf(state), () => this.#site.require(), options, [viewsLooker])
    })
  }

  async runObstacles(): Promise<RunObstacles> {
    return withOwnErrors(async () => obstaclesTo(this.#port, this.stateFolder))
  }

  async views(): Promise<ViewSummary[]> {
    return withOwnErrors(async () => {
      const site = this.#site.orNull()
      return site ? listViews(site) : []
    })
  }

  async view(which: string): Promise<View | null> {
    const site = this.#site.orNull()
    const known = site && findView(site, which)
    if (!site || !known) return null
    if (known.isOpen) return ((await this.session(known.note.session)) as Session).standing()
    return this.#log.withView(endedView(site, known, withOwnErrors), doingOf('view', known.note.session))
  }

  async retries(file?: string, { session }: { session?: string } = {}): Promise<Retry[]> {
    return withOwnErrors(async () => {
      const place = { site: this.#site.orNull(), caller: this.#caller }
      const { listRetries } = await import('./records/retries.js')
      return listRetries(place, file, session, async (name) => (await this.session(name)).retries(file))
    })
  }

  /** The bytes of a rejected version that lies in the archive. Throws NOT_FOUND. */
  async readArchivedRetry(archive: string, savedTo: string): Promise<Buffer> {
    return withOwnErrors(async () => readArchivedRetry(this.#site.orNull(), archive, savedTo))
  }

  async watch(listener: (event: WorkspaceEvent) => void, options?: WatchOptions): Promise<Watching> {
    return withOwnErrors(async () => watchWorkspace(this.#site.forWriting(), listener, options))
  }

  async close(): Promise<void> {
    await withOwnErrors(async () => {
      const closings = this.#sessions.closings()
      await Promise.allSettled(closings)
      this.#log.close()
      await this.#site.close().finally(() => this.#port.close())
      await Promise.all(closings)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Finishes what dead processes left, if this process may write here, and sweeps a little. */
  async recoverDead(): Promise<void> {
    this.finishedFirst = await finishForDead(this.#port, this.#site.orNull())
  }

  /** `name` is the session it is about, where that was said. */
  #logged<Result>(
    operation: string,
    name: string | undefined,
    work: (doing: Doing) => Promise<Result>,
  ): Promise<Result> {
    return this.#log.during(doingOf(operation, name), (current) => withOwnErrors(() => work(current)))
  }
}
