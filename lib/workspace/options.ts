import type { MemoryFs } from '../port/memory-fs.js'
import type { StateFolderName } from '../store/layout.js'

export interface WorkspaceOptions {
  /** Where sessions are kept, if the workspace has no state folder yet. Default `workspace`. */
  stateFolder?: StateFolderName
  /** Who works here, for the records. Default `default`. */
  agentId?: string
  /** The program that calls come through, for the records. Default `library`. */
  client?: string
  /** The chat that this handle speaks for (S2). One that begins with `mcp:` ends with this process. */
  chat?: string
  /** The session that calls without one work in, whatever is active. */
  session?: string
  /** The absolute folder that the caller stands in: in the view of a session, that session is meant, unless one is named. */
  cwd?: string
  /** What this process is, for others who find it at work: `library` by default. */
  holder?: string
  /** Whether opening finishes what dead processes left. Default true; for `doctor`, false shows it as it lies. */
  recover?: boolean
  /** A memfs volume's `fs`, to keep everything in memory. */
  fs?: MemoryFs
}
