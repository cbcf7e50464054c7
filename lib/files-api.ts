/** Files as text tools see them, one call reading or changing one file: the shapes that the library hands out. */
import type { ChangeKind } from './changes-api.js'

export interface ReadResult {
  filePath: string
  content: string
  encoding: 'utf-8' | 'base64'
  sizeBytes: number
  etag: string
  source: 'session' | 'global'
  truncated: boolean
}

export interface WriteResult {
  filePath: string
  change: ChangeKind | 'unchanged'
  /** Whether this was the write that brought the live file into the session. */
  copiedUp: boolean
  etag: string
  alsoChangedIn: string[]
}

export interface EditResult {
  filePath: string
  replacements: number
  etag: string
  patch: string
  alsoChangedIn: string[]
}

export interface ListedFile {
  filePath: string
  kind: 'file' | 'folder' | 'symlink' | 'other'
  sizeBytes: number
  source: 'session' | 'global'
}

export interface Match {
  filePath: string
  line: number
  text: string
}

/** Where a file lies for a program that knows nothing of sessions. */
export interface Place {
  /** With links followed. */
  filePath: string
  /** Absolute; null for a file to read that is not there. */
  at: string | null
  source: 'session' | 'global' | null
}
