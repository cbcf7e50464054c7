import type { WorkspaceApi } from '../lib/workspace-api.js'

/** How a workspace is opened; the library's `openWorkspace`, or a test's. */
export type OpenWorkspace = (root: string, options: OpenOptions) => Promise<WorkspaceApi>

export interface OpenOptions {
  chat: string
  holder: string
  /** The program that calls come through, for the records. */
  client?: string
  session?: string
}

/** The workspace's handles: one for each chat, opened at its first call and kept. */
export class Workspaces {
  readonly #open: OpenWorkspace
  readonly #findFolder: () => Promise<string>
  readonly #session: string | undefined
  readonly #client: () => string
  readonly #onFirstOpened: (workspace: WorkspaceApi) => void
  readonly #handles = new Map<string, Promise<WorkspaceApi>>()
  #folder: Promise<string> | undefined
  #opened = false

  constructor(options: {
    open: OpenWorkspace
    findFolder: () => Promise<string>
    session?: string | undefined
    /** The client's name, as records have it. */
    client: () => string
    onFirstOpened: (workspace: WorkspaceApi) => void
  }) {
    this.#open = options.open
    this.#findFolder = options.findFolder
    this.#session = options.session
    this.#client = options.client
    this.#onFirstOpened = options.onFirstOpened
  }

  /** The chat's handle. What failed to open is tried again at the next call. */
  forChat(chat: string): Promise<WorkspaceApi> {
    const known = this.#handles.get(chat)
    if (known) return known

    const opening = this.#openFor(chat)
    this.#handles.set(chat, opening)
    opening.catch(() => this.#handles.delete(chat))
    return opening
  }

  /** The client's folders changed: the next look counts, as long as nothing is open yet. */
  forgetFolder(): void {
    if (!this.#opened) this.#folder = undefined
  }

  async close(): Promise<void> {
    const handles = [...this.#handles.values()]
    this.#handles.clear()
    const closings = handles.map(async (handle) => {
      const workspace = await handle.catch(() => null)
      await workspace?.close()
    })
    const failed = (await Promise.allSettled(closings)).find((closing) => closing.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #openFor(chat: string): Promise<WorkspaceApi> {
    this.#folder ??= this.#findFolder()
    const folder = this.#folder
    try {
      const workspace = await this.#open(await folder, {
        chat,
        holder: 'mcp-server',
        client: this.#client(),
        ...(this.#session === undefined ? {} : { session: this.#session }),
      })
      if (!this.#opened) {
        this.#opened = true
        this.#onFirstOpened(workspace)
      }
      return workspace
    } catch (error) {
      if (!this.#opened && this.#folder === folder) this.#folder = undefined
      throw error
    }
  }
}
