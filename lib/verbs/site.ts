import type { FilePort } from '../port/port.js'
import type { Config } from '../store/config-schema.js'
import type { Guard } from '../store/guard.js'
import type { LaterSyncs } from '../store/later-syncs.js'
import type { Layout } from '../store/layout.js'
import type { PathIndex } from '../store/path-index.js'

/** An open workspace as the verbs see it. */
export interface Site {
  port: FilePort
  layout: Layout
  config: Config
  guard: Guard
  index: PathIndex
  /** What is still to be synced of what was answered for already. */
  laterSyncs: LaterSyncs
  agentId: string
  /** The program that calls come through, such as `claude-code`, `cli` or `library`. */
  client: string
  /** Tells what this process is in the notes of holders, such as `library` or `mcp-server`. */
  holderKind: string
}
