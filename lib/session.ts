import type {
  CancelOptions,
  CancelResult,
  CommitOptions,
  CommitPreview,
  CommitResult,
  DiffOptions,
  EditResult,
  FileDiff,
  MarkersResult,
  Opening,
  Place,
  PreviewOptions,
  ReadResult,
  Retry,
  RetryOptions,
  RetryResult,
  SessionStatus,
  WriteResult,
} from './api.js'
import type { BypassesApi } from './bypass-api.js'
import { isCowriteError } from './errors.js'
import { withOwnErrors } from './foreign-errors.js'
import { monotonicNow } from './port/host.js'
import type { RunningCommand, RunOptions, View, ViewOptions, ViewSeen } from './run-api.js'
import { makeSessionFs, type SessionFs } from './session-fs/session-fs.js'
import { KeptProjection } from './store/kept-projection.js'
import { checkTool } from './store/limits.js'
import { OtherSessions } from './store/other-sessions.js'
import type { SessionStore } from './store/overlay.js'
import { closeStore, holdStore, notThere } from './store/session-store.js'
import { readRetryAnywhere, retriesIn } from './verbs/all-retries.js'
import { type ListOptions, listFiles, type SearchOptions, searchText } from './verbs/browse.js'
import { crashedBy } from './verbs/check.js'
import { diffSession } from './verbs/diff.js'
import { editDocument, moveDocument, readDocument, removeDocument, writeDocument } from './verbs/documents.js'
import { placeToRead, placeToWrite } from './verbs/place.js'
import { keepBeforeRestoring, readRetry, recordRetry } from './verbs/retries.js'
import type { Site } from './verbs/site.js'
import { statusOf } from './verbs/status.js'
import { cancelWithView } from './view/cancelling.js'
import { countCommitsMade } from './view/committed-repositories.js'
import { commitWithView, previewWithView } from './view/committing.js'
import { bringInSoFar } from './view/live.js'
import { runInView } from './view/run.js'
import { changedPaths, showInView } from './view/showing.js'
import { standingView, viewOf } from './view/standing.js'
import { bypassesOf } from './workspace/bypasses.js'
import { checkpointsOf } from './workspace/checkpoints.js'
import type { About, Doing, OperationLog } from './workspace/operation-log.js'
import type { CheckpointsApi, SessionApi } from './workspace-api.js'

/** What a session needs of the workspace handle that opened it. */
export interface Life {
  log: OperationLog
  isCurrent(name: string): Promise<boolean>
  /** Takes in what was written into the config since. */
  followConfig(): void
  onClose(name: string): void
}

/** In milliseconds. */
const betweenLooksAtConfig = 100

/** A private copy-on-write layer over the workspace. */
export class Session implements SessionApi {
  readonly name: string
  readonly path: string
  readonly opening: Opening
  readonly fs: SessionFs
  readonly #site: Site
  /** States of the session that are kept within it. */
  readonly checkpoints: CheckpointsApi
  readonly #store: SessionStore
  readonly #life: Life
  readonly #projection: KeptProjection
  readonly #others: OtherSessions
  #closed = false
  #nextLookAtConfig = 0
  readonly #commands = new Set<Promise<unknown>>()

  /** @internal */
  constructor(site: Site, store: SessionStore, opening: Opening, life: Life) {
    this.#site = site
    this.#store = store
    this.#life = life
    this.#projection = new KeptProjection(store)
    this.#others = new OtherSessions(site.port, site.layout)
    this.name = store.name
    this.path = `${store.layout.folder}/`
    this.opening = opening
    this.checkpoints = checkpointsOf({
      look: (operation, work) => this.#act(operation, () => work(store)),
      change: (operation, work) => this.#act(operation, () => this.#changing(() => work(store))),
    })
    this.fs = makeSessionFs(
      store,
      (work) => this.#writing(work),
      () => {
        this.#assertOpen()
        this.#followConfigNowAndThen()
      },
    )
  }

  get description(): string {
    return this.#store.record.header.description
  }

  get createdAt(): string {
    return this.#store.record.header.createdAt
  }

  get parent(): string | null {
    return this.#store.record.header.parent
  }

  get template(): string | null {
    return this.#store.record.header.template
  }

  checkTool(tool: string): void {
    const { limits } = this.#store.record.header
    this.#life.log.refusing(this.#doing(tool), () => checkTool(this.name, limits, tool))
  }

  async status(): Promise<SessionStatus> {
    return this.#act('get_active_session', (_doing, view) => this.#status(view))
  }

  /** @internal `status`, as a part of another operation. */
  async look(): Promise<SessionStatus> {
    return this.#reading((view) => this.#status(view))
  }

  async #status(view: ViewSeen | null): Promise<SessionStatus> {
    const status = (await this.#life.isCurrent(this.name)) ? ('ACTIVE' as const) : ('INACTIVE' as const)
    const about = { status, recovered: this.opening.recovered }
    const result = await statusOf(this.#site, this.#store, about, this.#confirmOther)
    this.#projection.ifPossible()
    return view === null ? result : { ...result, view }
  }

  async diff(options: DiffOptions = {}): Promise<FileDiff[]> {
    return this.#act('diff_session', () => diffSession(this.#site, this.#store, options))
  }

  /** @internal `diff`, as a part of another operation. */
  async lookAtChanges(): Promise<FileDiff[]> {
    return this.#reading(() => diffSession(this.#site, this.#store))
  }

  async preview(options: PreviewOptions = {}): Promise<CommitPreview> {
    const work = (_doing: Doing, view: ViewSeen | null) =>
      previewWithView(this.#site, this.#store, options, view)
    return this.#act('commit_session', work, { note: 'preview' })
  }

  async commit(options: CommitOptions = {}): Promise<CommitResult | MarkersResult> {
    return this.#act('commit_session', async (doing) => {
      const result = await commitWithView(this.#site, this.#store, options)
      doing.note = result.committed ? (result.commitId ?? 'nothing to commit') : 'markers'
      doing.paths = result.committed ? result.files.map(({ path }) => path) : result.marked
      if (result.committed) this.#life.log.leftOut(doing, result.view?.leftOut)
      if (result.committed && result.closed) this.#end()
      else this.#projection.quietly() // It has happened, whatever the disk says to this.
      return result
    })
  }

  async cancel(options: CancelOptions = {}): Promise<CancelResult> {
    return this.#act('cancel_session', async (doing) => {
      const result = await cancelWithView(this.#site, this.name, options, { open: this.#store })
      this.#life.log.leftOut(doing, result.view?.leftOut)
      this.#end()
      return result
    })
  }

  async retry(file: string, reason: string, options: RetryOptions = {}): Promise<RetryResult> {
    return this.#act('record_human_retry', async (doing) => {
      doing.paths = [file]
      const result = await this.#writing(() => recordRetry(this.#site, this.#store, file, reason, options))
      doing.paths = [result.filePath]
      return result
    })
  }

  async retries(file?: string): Promise<Retry[]> {
    return this.#act('list_retries', async () => retriesIn(this.#store, file))
  }

  async readRetry(file: string, retry: number): Promise<Buffer> {
    return this.#act('read_retry', async () => readRetry(this.#store, file, retry).bytes, { paths: [file] })
  }

  async restoreRetry(file: string, retry: number): Promise<WriteResult> {
    return this.#act('restore_retry', async (doing) => {
      doing.paths = [file]
      const { filePath, bytes } = readRetryAnywhere(this.#site, this.#store, file, retry)
      doing.paths = [filePath]
      await this.#writing(() => keepBeforeRestoring(this.#site, this.#store, filePath, retry))
      return this.#changing(() => writeDocument(this.#store, filePath, bytes, {}, this.#confirmOther))
    })
  }

  async read(path: string, options: { offset?: number; limit?: number } = {}): Promise<ReadResult> {
    return this.#act('read_session_file', () => readDocument(this.#store, path, options), { file: path })
  }

  async write(
    path: string,
    content: string | Uint8Array,
    options: { ifMatch?: string } = {},
  ): Promise<WriteResult> {
    const work = () => writeDocument(this.#store, path, content, options, this.#confirmOther)
    return this.#act('write_session_file', () => this.#changing(work), { file: path })
  }

  async edit(
    path: string,
    oldString: string,
    newString: string,
    options: { replaceAll?: boolean } = {},
  ): Promise<EditResult> {
    const work = () => editDocument(this.#store, path, oldString, newString, options, this.#confirmOther)
    return this.#act('edit_session_file', () => this.#changing(work), { file: path })
  }

  async remove(path: string) {
    const work = () => removeDocument(this.#store, path)
    return this.#act('delete_session_file', () => this.#changing(work), { paths: [path] })
  }

  async move(source: string, destination: string) {
    const work = () => moveDocument(this.#store, source, destination)
    return this.#act('move_session_file', () => this.#changing(work), { paths: [source, destination] })
  }

  async files(options: ListOptions = {}) {
    return this.#act('list_session_files', () => listFiles(this.#store, options))
  }

  async search(query: string, options: SearchOptions = {}) {
    return this.#act('search_session_text', () => searchText(this.#store, query, options))
  }

  async place(path: string, use: 'read' | 'write'): Promise<Place> {
    const paths = [path]
    return use === 'read'
      ? this.#act('place_to_read', async () => placeToRead(this.#store, path), { paths })
      : this.#act('place_to_write', () => this.#writing(() => placeToWrite(this.#store, path)), { paths })
  }

  async run(
    program: string,
    args: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<RunningCommand> {
    this.checkTool('run')
    const start = () =>
      this.#within(async () => {
        const running = await runInView(this.#site, this.#store, program, args, options)
        const done = withOwnErrors(() => running.done).finally(() => this.#projection.soon())
        this.#commands.add(done)
        // Whoever waits for it hears of an error; closing does not.
        void done.catch(() => {}).then(() => this.#commands.delete(done))
        return { ...running, done }
      })
    return this.#life.log.whileRunning(this.#doing('run', { note: program }), start)
  }

  get bypasses(): BypassesApi {
    return bypassesOf(this.#site, this.#store, (work, name) =>
      name === undefined ? this.#reading(work) : this.#act(name, () => this.#writing(work)),
    )
  }

  async gitCommits(): Promise<number | null> {
    return this.#reading(() => countCommitsMade(this.#site, this.#store))
  }

  async view(options: ViewOptions = {}): Promise<View> {
    this.checkTool('run') // Whoever stands in it may use any program.
    const view = await viewOf(this.#site, this.#store, options, this.#within)
    return this.#life.log.withView(view, this.#doing('view'))
  }

  /** @internal The view that stands; null where none does. */
  async standing(): Promise<View | null> {
    const view = await standingView(this.#site, this.#store, this.#within)
    return view && this.#life.log.withView(view, this.#doing('view'))
  }

  /** Lets go of the session, which stays as it is, once no command runs in it any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#commands)
    if (this.#closed) return
    try {
      await withOwnErrors(async () => this.#projection.ifPossible())
    } finally {
      this.#end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Whether this handle still speaks for a session that takes writes. */
  isUsable(): boolean {
    return !this.#closed && this.#store.record.isLive()
  }

  /** @internal For what concerns two sessions: this one is looked at by `work`. */
  async lookAt<Result>(work: (store: SessionStore) => Promise<Result>): Promise<Result> {
    return this.#reading(() => work(this.#store))
  }

  /** @internal As `lookAt`, for what may change it. */
  async withStore<Result extends object>(work: (store: SessionStore) => Promise<Result>): Promise<Result> {
    return this.#reading(() => this.#changing(() => work(this.#store)))
  }

  readonly #within = <Result>(work: () => Promise<Result>) => this.#reading(() => this.#writing(work))
  readonly #confirmOther = (session: string, path: string): boolean => this.#others.holds(session, path)

  /** A call of `fs` takes little longer than the look itself. */
  #followConfigNowAndThen(): void {
    const now = monotonicNow()
    if (now < this.#nextLookAtConfig) return
    this.#nextLookAtConfig = now + betweenLooksAtConfig
    this.#life.followConfig()
  }

  #assertOpen(): void {
    if (this.#closed) throw notThere(this.name)
  }

  #doing(operation: string, about: Pick<Doing, 'paths' | 'note'> = {}): Doing {
    return { operation, session: this.name, sessionCreatedAt: this.createdAt, ...about }
  }

  /** One operation, which is logged. */
  #act<Result>(
    operation: string,
    work: (doing: Doing, view: ViewSeen | null) => Promise<Result>,
    { file, ...about }: About = {},
  ): Promise<Result> {
    const doing = this.#doing(operation, file === undefined ? about : { paths: [file] })
    return this.#life.log.during(doing, () => this.#reading((view) => work(doing, view), file))
  }

  /** `path` is the one file that it is about, if it is; `work` is told of the view that is open. */
  async #reading<Result>(work: (view: ViewSeen | null) => Promise<Result>, path?: string): Promise<Result> {
    this.#assertOpen()
    try {
      return await withOwnErrors(async () => {
        this.#life.followConfig()
        const { view, leftOut } = await bringInSoFar(this.#site, this.#store, path)
        this.#life.log.leftOut(this.#doing('view'), leftOut)
        return work(view)
      })
    } catch (error) {
      throw isCowriteError(error, 'CORRUPT') ? crashedBy(error, this.#store) : error
    }
  }

  /** Others can see that this process is at work here, and session.json follows. */
  async #writing<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw notThere(this.name)
    this.#store.note ??= holdStore(this.#store, this.#site.holderKind)
    try {
      return await work()
    } finally {
      this.#projection.soon()
    }
  }

  /** As `#writing`, and a command that is at work in the view sees the change. */
  async #changing<Result extends object>(work: () => Promise<Result>): Promise<Result> {
    return this.#writing(async () => {
      const result = await work()
      await showInView(this.#site, this.#store, changedPaths(result))
      return result
    })
  }

  #end(): void {
    this.#projection.stop()
    this.#closed = true
    this.#others.close()
    closeStore(this.#store)
    this.#life.onClose(this.name)
  }
}
