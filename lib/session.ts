import type {
  CancelOptions,
  CancelResult,
  CommitOptions,
  CommitPreview,
  CommitResult,
  DiffOptions,
  EditResult,
  FileDiff,
  GitMade,
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
import { withOwnErrors } from './foreign-errors.js'
import type { RunningCommand, RunOptions, View, ViewOptions, ViewSeen } from './run-api.js'
import { makeSessionFs, type SessionFs } from './session-fs/session-fs.js'
import { checkTool } from './store/limits.js'
import { OtherSessions } from './store/other-sessions.js'
import type { SessionStore } from './store/overlay.js'
import { closeStore } from './store/session-store.js'
import { readRetryAnywhere, retriesIn } from './verbs/all-retries.js'
import { type ListOptions, listFiles, type SearchOptions, searchText } from './verbs/browse.js'
import { diffSession } from './verbs/diff.js'
import { editDocument, moveDocument, removeDocument, writeDocument } from './verbs/documents.js'
import { placeToRead, placeToWrite } from './verbs/place.js'
import { readDocument } from './verbs/reading.js'
import { keepBeforeRestoring, readRetry, recordRetry } from './verbs/retries.js'
import type { Site } from './verbs/site.js'
import { statusOf } from './verbs/status.js'
import { cancelWithView } from './view/cancelling.js'
import { madeInGit, toldOfGit } from './view/committed-repositories.js'
import { commitWithView, previewWithView } from './view/committing.js'
import { removeMakingRoom } from './view/making-room.js'
import { runInView } from './view/run.js'
import { standingView, viewOf } from './view/standing.js'
import { bypassesOf } from './workspace/bypasses.js'
import { checkpointsOf } from './workspace/checkpoints.js'
import type { Doing } from './workspace/operation-log.js'
import { type Life, SessionWork } from './workspace/session-work.js'
import type { CheckpointsApi, SessionApi } from './workspace-api.js'

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
  readonly #work: SessionWork
  readonly #others: OtherSessions
  readonly #commands = new Set<Promise<unknown>>()

  /** @internal */
  constructor(site: Site, store: SessionStore, opening: Opening, life: Life) {
    this.#site = site
    this.#store = store
    this.#life = life
    this.#work = new SessionWork(site, store, life)
    this.#others = new OtherSessions(site.port, site.layout)
    this.name = store.name
    this.path = `${store.layout.folder}/`
    this.opening = opening
    this.checkpoints = checkpointsOf({
      look: (operation, work) => this.#work.act(operation, () => work(store)),
      change: (operation, work) => this.#work.act(operation, () => this.#work.changing(() => work(store))),
    })
    this.fs = makeSessionFs(
      store,
      (work) => this.#work.writing(work),
      () => {
        this.#work.assertOpen()
        this.#work.followConfigNowAndThen()
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
    this.#life.log.refusing(this.#work.doing(tool), () => checkTool(this.name, limits, tool))
  }

  async status(): Promise<SessionStatus> {
    return this.#work.act('get_active_session', (_doing, view) => this.#status(view))
  }

  /** @internal `status`, as a part of another operation. */
  async look(): Promise<SessionStatus> {
    return this.#work.reading((view) => this.#status(view))
  }

  async #status(view: ViewSeen | null): Promise<SessionStatus> {
    const status = (await this.#life.isCurrent(this.name)) ? ('ACTIVE' as const) : ('INACTIVE' as const)
    const about = { status, recovered: this.opening.recovered }
    const result = await statusOf(this.#site, this.#store, about, (named) => this.#others.confirm(named))
    this.#work.projection.ifPossible()
    const git = toldOfGit(await madeInGit(this.#site, this.#store))
    return { ...result, ...git, ...(view === null ? {} : { view }) }
  }

  async diff(options: DiffOptions = {}): Promise<FileDiff[]> {
    return this.#work.act('diff_session', () => diffSession(this.#site, this.#store, options))
  }

  /** @internal `diff`, as a part of another operation. */
  async lookAtChanges(): Promise<FileDiff[]> {
    return this.#work.reading(() => diffSession(this.#site, this.#store))
  }

  async preview(options: PreviewOptions = {}): Promise<CommitPreview> {
    const work = (_doing: Doing, view: ViewSeen | null) =>
      previewWithView(this.#site, this.#store, options, view)
    return this.#work.act('commit_session', work, { note: 'preview' })
  }

  async commit(options: CommitOptions = {}): Promise<CommitResult | MarkersResult> {
    return this.#work.act('commit_session', async (doing) => {
      const result = await commitWithView(this.#site, this.#store, options)
      doing.note = result.committed ? (result.commitId ?? 'nothing to commit') : 'markers'
      doing.paths = result.committed ? result.files.map(({ path }) => path) : result.marked
      if (result.committed) this.#life.log.leftOut(doing, result.view?.leftOut)
      if (result.committed && result.closed) this.#end()
      else this.#work.projection.quietly() // It has happened, whatever the disk says to this.
      return result
    })
  }

  async cancel(options: CancelOptions = {}): Promise<CancelResult> {
    return this.#work.act('cancel_session', async (doing) => {
      const result = await cancelWithView(this.#site, this.name, options, { open: this.#store })
      this.#life.log.leftOut(doing, result.view?.leftOut)
      this.#end()
      return result
    })
  }

  async retry(file: string, reason: string, options: RetryOptions = {}): Promise<RetryResult> {
    return this.#work.act('record_human_retry', async (doing) => {
      doing.paths = [file]
      const result = await this.#work.writing(() =>
        recordRetry(this.#site, this.#store, file, reason, options),
      )
      doing.paths = [result.filePath]
      return result
    })
  }

  async retries(file?: string): Promise<Retry[]> {
    return this.#work.act('list_retries', async () => retriesIn(this.#store, file))
  }

  async readRetry(file: string, retry: number): Promise<Buffer> {
    return this.#work.act('read_retry', async () => readRetry(this.#store, file, retry).bytes, {
      paths: [file],
    })
  }

  async restoreRetry(file: string, retry: number): Promise<WriteResult> {
    return this.#work.act('restore_retry', async (doing) => {
      doing.paths = [file]
      const { filePath, bytes } = readRetryAnywhere(this.#site, this.#store, file, retry)
      doing.paths = [filePath]
      await this.#work.writing(() => keepBeforeRestoring(this.#site, this.#store, filePath, retry))
      return this.#work.changing(() => writeDocument(this.#store, filePath, bytes, {}, this.#confirmOther))
    })
  }

  async read(path: string, options: { offset?: number; limit?: number } = {}): Promise<ReadResult> {
    return this.#work.act('read_session_file', () => readDocument(this.#store, path, options), { file: path })
  }

  async write(
    path: string,
    content: string | Uint8Array,
    options: { ifMatch?: string } = {},
  ): Promise<WriteResult> {
    const work = () => writeDocument(this.#store, path, content, options, this.#confirmOther)
    return this.#work.act('write_session_file', () => this.#work.changing(work), { file: path })
  }

  async edit(
    path: string,
    oldString: string,
    newString: string,
    options: { replaceAll?: boolean } = {},
  ): Promise<EditResult> {
    const work = () => editDocument(this.#store, path, oldString, newString, options, this.#confirmOther)
    return this.#work.act('edit_session_file', () => this.#work.changing(work), { file: path })
  }

  async remove(path: string) {
    const work = () => removeDocument(this.#store, path)
    const remove = () => this.#work.changing(work)
    const removing = () => removeMakingRoom(this.#site, this.#store, path, remove)
    return this.#work.act('delete_session_file', removing, { paths: [path] })
  }

  async move(source: string, destination: string) {
    const work = () => moveDocument(this.#store, source, destination)
    return this.#work.act('move_session_file', () => this.#work.changing(work), {
      paths: [source, destination],
    })
  }

  async files(options: ListOptions = {}) {
    return this.#work.act('list_session_files', () => listFiles(this.#store, options))
  }

  async search(query: string, options: SearchOptions = {}) {
    return this.#work.act('search_session_text', () => searchText(this.#store, query, options))
  }

  async place(path: string, use: 'read' | 'write'): Promise<Place> {
    const paths = [path]
    return use === 'read'
      ? this.#work.act('place_to_read', async () => placeToRead(this.#store, path), { paths })
      : this.#work.act('place_to_write', () => this.#work.writing(() => placeToWrite(this.#store, path)), {
          paths,
        })
  }

  async run(
    program: string,
    args: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<RunningCommand> {
    this.checkTool('run')
    const start = () =>
      this.#work.within(async () => {
        const running = await runInView(this.#site, this.#store, program, args, options)
        const done = withOwnErrors(() => running.done).finally(() => this.#work.projection.soon())
        this.#commands.add(done)
        // Whoever waits for it hears of an error; closing does not.
        void done.catch(() => {}).then(() => this.#commands.delete(done))
        return { ...running, done }
      })
    return this.#life.log.whileRunning(this.#work.doing('run', { note: program }), start)
  }

  get bypasses(): BypassesApi {
    return bypassesOf(this.#site, this.#store, (work, name) =>
      name === undefined ? this.#work.reading(work) : this.#work.act(name, () => this.#work.writing(work)),
    )
  }

  async gitCommits(): Promise<number | null> {
    return (await this.gitMade())?.commits ?? null
  }

  async gitMade(): Promise<GitMade | null> {
    return this.#work.reading(() => madeInGit(this.#site, this.#store))
  }

  async view(options: ViewOptions = {}): Promise<View> {
    this.checkTool('run') // Whoever stands in it may use any program.
    const view = await viewOf(this.#site, this.#store, options, this.#work.within)
    return this.#life.log.withView(view, this.#work.doing('view'))
  }

  /** @internal The view that stands; null where none does. */
  async standing(): Promise<View | null> {
    const view = await standingView(this.#site, this.#store, this.#work.within)
    return view && this.#life.log.withView(view, this.#work.doing('view'))
  }

  /** Lets go of the session, which stays as it is, once no command runs in it any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#commands)
    if (this.#work.hasEnded) return
    this.#work.projection.quietly() // Every answer has been given by now, and the record says all of it.
    this.#end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Whether this handle still speaks for a session that takes writes. */
  isUsable(): boolean {
    return !this.#work.hasEnded && this.#store.record.isLive()
  }

  /** @internal For what concerns two sessions: this one is looked at by `work`. */
  async lookAt<Result>(work: (store: SessionStore) => Promise<Result>): Promise<Result> {
    return this.#work.reading(() => work(this.#store))
  }

  /** @internal As `lookAt`, for what may change it. */
  async withStore<Result extends object>(work: (store: SessionStore) => Promise<Result>): Promise<Result> {
    return this.#work.reading(() => this.#work.changing(() => work(this.#store)))
  }

  readonly #confirmOther = (session: string, path: string): boolean => this.#others.holds(session, path)

  #end(): void {
    this.#work.end()
    this.#others.close()
    closeStore(this.#store)
    this.#life.onClose(this.name)
  }
}
