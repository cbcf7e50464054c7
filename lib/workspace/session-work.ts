/** What is done around every operation of a session: it is logged, goes by the present config and by what was done in the view. */
import { isCowriteError } from '../errors.js'
import { withOwnErrors } from '../foreign-errors.js'
import { monotonicNow } from '../port/host.js'
import type { ViewSeen } from '../run-api.js'
import { KeptProjection } from '../store/kept-projection.js'
import type { SessionStore } from '../store/overlay.js'
import { holdStore, notThere } from '../store/session-store.js'
import { crashedBy } from '../verbs/check.js'
import type { Site } from '../verbs/site.js'
import { bringInSoFar, mayHaveView } from '../view/live.js'
import { changedPaths, showInView } from '../view/showing.js'
import type { About, Doing, OperationLog } from './operation-log.js'

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

/** The work in one open session, from its opening to its end. */
export class SessionWork {
  /** session.json, which follows what is done. */
  readonly projection: KeptProjection
  readonly #site: Site
  readonly #store: SessionStore
  readonly #life: Life
  #ended = false
  #nextLookAtConfig = 0

  constructor(site: Site, store: SessionStore, life: Life) {
    this.#site = site
    this.#store = store
    this.#life = life
    this.projection = new KeptProjection(store)
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** A call of `fs` takes little longer than the look itself. */
  followConfigNowAndThen(): void {
    const now = monotonicNow()
    if (now < this.#nextLookAtConfig) return
    this.#nextLookAtConfig = now + betweenLooksAtConfig
    this.#life.followConfig()
  }

  /** Throws SESSION_NOT_FOUND. */
  assertOpen(): void {
    if (this.#ended) throw notThere(this.#store.name)
  }

  doing(operation: string, about: Pick<Doing, 'paths' | 'note'> = {}): Doing {
    return {
      operation,
      session: this.#store.name,
      sessionCreatedAt: this.#store.record.header.createdAt,
      ...about,
    }
  }

  /** One operation, which is logged. */
  act<Result>(
    operation: string,
    work: (doing: Doing, view: ViewSeen | null) => Promise<Result>,
    { file, ...about }: About = {},
  ): Promise<Result> {
    const doing = this.doing(operation, file === undefined ? about : { paths: [file] })
    return this.#life.log.during(doing, () => this.reading((view) => work(doing, view), file))
  }

  /** With what was done in the view so far. `path` is the one file that it is about, if it is; `work` is told of the view that is open. */
  async reading<Result>(work: (view: ViewSeen | null) => Promise<Result>, path?: string): Promise<Result> {
    this.assertOpen()
    try {
      const look = () => this.#lookAround(work, path)
      return await withOwnErrors(() => (path === undefined ? look() : this.#store.port.together(look)))
    } catch (error) {
      throw isCowriteError(error, 'CORRUPT') ? crashedBy(error, this.#store) : error
    }
  }

  /** Where there is no view, which is usual, `work` begins in the same step. */
  async #lookAround<Result>(
    work: (view: ViewSeen | null) => Promise<Result>,
    path?: string,
  ): Promise<Result> {
    this.#life.followConfig()
    if (!mayHaveView(this.#site, this.#store)) return work(null)
    const { view, leftOut } = await bringInSoFar(this.#site, this.#store, path)
    this.#life.log.leftOut(this.doing('view'), leftOut)
    return work(view)
  }

  /** Others can see that this process is at work here, and session.json follows. */
  async writing<Result>(work: () => Promise<Result>): Promise<Result> {
    this.assertOpen()
    this.#store.note ??= holdStore(this.#store, this.#site.holderKind)
    try {
      return await work()
    } finally {
      this.projection.soon()
    }
  }

  /** As `writing`, and a command that is at work in the view sees the change. */
  async changing<Result extends object>(work: () => Promise<Result>): Promise<Result> {
    return this.writing(async () => {
      const result = await work()
      await showInView(this.#site, this.#store, changedPaths(result))
      return result
    })
  }

  /** For a view, in which both is done. */
  readonly within = <Result>(work: () => Promise<Result>) => this.reading(() => this.writing(work))

  /** After it, everything throws SESSION_NOT_FOUND. */
  end(): void {
    this.projection.stop()
    this.#ended = true
  }
}
