/** A server as somebody's settings name it: what this room is given. */

export interface StdioLaunch {
  transport: 'stdio'
  command: string
  args: string[]
  /** What is put on top of this process's own environment. */
  env: Record<string, string>
  /** An absolute path. */
  cwd: string
}

export interface HttpLaunch {
  transport: 'http' | 'sse' | 'either'
  url: string
  headers: Record<string, string>
}

export interface NoLaunch {
  transport: 'unknown'
  problem: string
}

export interface Server {
  name: string
  /** The client whose settings name it. */
  client: string
  /** The file that names it, for people, and the keys that lead to it there. */
  file: string
  at: string
  /** Whether its client uses it. */
  enabled: boolean
  launch: StdioLaunch | HttpLaunch | NoLaunch
}

export interface Limits {
  /** How long the server may take for its first answers, and for each call, in milliseconds. */
  timeout: number
  /** How long it is given to end by itself, and again to end when it is asked to, in milliseconds. */
  grace: number
  signal: AbortSignal
  /** The folder that is worked on, as an absolute path: what a server is told when it asks for roots. */
  root: string
  /** The version of this program. */
  version: string
}
