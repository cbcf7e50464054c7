import type { Readable, Writable } from 'node:stream'
import type { WorkspacePath } from '../paths.js'
import type { FilePort } from '../port/port.js'
import type { CommandStdio, Ended, ViewCost, ViewProviderName } from '../run-api.js'
import type { SessionLayout, ViewLayout } from '../store/layout.js'
import type { SessionStore } from '../store/overlay.js'
import type { Shown } from './shown.js'
import type { Tree } from './tree.js'

/** What is to be run in a view. */
export interface Command {
  program: string
  args: readonly string[]
  /** The absolute folder that it stands in at first. */
  cwd: string
  env: Record<string, string | undefined>
  stdio: CommandStdio
}

/** What a view is made of. */
export interface ViewPlan {
  port: FilePort
  /** The state folder's name. */
  state: string
  session: SessionLayout
  view: ViewLayout
  /** Whether the session has scratch, which the view shows in place. */
  scratch: boolean
}

/** Where a view is found that another process may have made. */
export interface ViewSite extends Pick<ViewPlan, 'port' | 'view'> {
  /** The absolute folder that it stands in; null for one at the workspace's own path, which a command alone sees. */
  folder: string | null
}

/** A merged tree that is there, and what runs in it. */
export interface OpenView {
  pid: number | undefined
  stdin: Writable | null
  stdout: Readable | null
  stderr: Readable | null
  /** What cannot be changed in it though its user may, in a person's words. */
  unwritable: string | null
  tree: Tree
  kill(signal: NodeJS.Signals): void
  /** When the command has ended; the tree is there until `close`. */
  ended: Promise<Ended>
  /** The processes, by number, that are still at work in it. */
  left(): number[]
  /** Takes the tree down. */
  close(): void
}

/** A way to show a session as a folder that any program can work in. */
export interface ViewProvider {
  readonly name: ViewProviderName
  /** The tree of a view that is there, to be closed; null where it is gone. */
  find(site: ViewSite): Tree | null
  /**
   * The processes that are at work in a view, as far as they can be seen. `around`: this one and those that started it,
   * too, where the view is a folder like any other.
   */
  processesIn(site: ViewSite, options?: { around?: boolean }): number[]
}

/**
 * A tree at the workspace's own path, for as long as one command runs: files of the session's upper lie in `view.upper`
 * by their workspace path, whiteouts as the kernel's overlayfs has them, and whatever is changed ends up there.
 */
export interface CommandProvider extends ViewProvider {
  /** Throws UNSUPPORTED where this machine does not have it. Without a command, the tree alone is made. */
  open(plan: ViewPlan, command: Command | null): Promise<OpenView>
}

/** Who wants to know how far the making of a view is, or breaks it off. */
export interface Watching {
  /** What it takes, before it is done. */
  onBegin?: ((cost: ViewCost) => void) | undefined
  onProgress?: ((done: number, total: number, step: string) => void) | undefined
  signal?: AbortSignal | undefined
}

/** A tree in a folder of its own, which stands until it is closed. */
export interface StandingProvider extends ViewProvider {
  /** Why it cannot be had here, in a person's words; null where it can. */
  missing(plan: ViewPlan): string | null
  /** Makes the tree at `folder`, an empty folder of nobody else's, and notes in `shown` what it shows. */
  stand(plan: ViewPlan, folder: string, store: SessionStore, shown: Shown, watching: Watching): Promise<Tree>
  /** As `find`, and what a machine that was switched off has taken down is put up again. */
  findAgain(plan: ViewPlan, folder: string): Promise<Tree | null>
  /** Brings what the session and lower have by now into a tree whose changes are in the session; or what is at `paths`. */
  update(
    store: SessionStore,
    view: ViewLayout,
    tree: Tree,
    shown: Shown,
    paths?: readonly WorkspacePath[],
  ): Promise<void>
  /** Takes the tree down; what was in it and is not in the session is gone. */
  end(site: ViewSite): Promise<void>
}
