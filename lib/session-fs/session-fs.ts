import type { SessionStore } from '../store/overlay.js'

export interface SessionFs {
  readonly promises: SessionFs
}

export type Writing = <Result>(work: () => Promise<Result>) => Promise<Result>

export function makeSessionFs(_store: SessionStore, _writing: Writing): SessionFs {
  const fs = {} as { promises: SessionFs }
  fs.promises = fs
  return fs
}
