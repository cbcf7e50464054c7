import type { Readable, Writable } from 'node:stream'
import type { FilePort } from '../port/port.js'
import type { Ended } from '../run-api.js'
import type { SessionLayout, ViewLayout } from '../store/layout.js'

/** What is to be run in a view. */
export interface Command {
  program: string
  args: readonly string[]
  /** The absolute folder that it stands in at first. */
  cwd: string
  env: Record<string, string | undefined>
  /** `inherit`: those of this process. `pipe`: streams of the caller's. */
  stdio: 'inherit' | 'pipe'
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

/** A merged tree that is there, and what runs in it. */
export interface OpenView {
  pid: number | undefined
  stdin: Writable | null
  stdout: Readable | null
  stderr: Readable | null
  /** The merged tree, to be looked at. */
  merged: FilePort
  kill(signal: NodeJS.Signals): void
  /** When the command has ended; the tree is there until `close`. */
  ended: Promise<Ended>
  /** The processes, by number, that are still at work in it. */
  left(): number[]
  /** Takes the tree down. */
  close(): void
}

/**
 * A way to show a session as a folder that any program can work in: files of the session's upper lie in `view.upper`
 * by their workspace path, whiteouts as the kernel's overlayfs has them, and whatever is changed ends up there.
 */
export interface ViewProvider {
  /** Throws UNSUPPORTED where this machine does not have it. Without a command, the tree alone is made. */
  open(plan: ViewPlan, command: Command | null): Promise<OpenView>
  /** The merged tree of a view that another process has opened; null where it is gone. */
  find(plan: Pick<ViewPlan, 'port' | 'view'>): FilePort | null
  /** The processes that are at work in a view, whoever opened it. */
  processesIn(plan: Pick<ViewPlan, 'port' | 'view'>): number[]
}
