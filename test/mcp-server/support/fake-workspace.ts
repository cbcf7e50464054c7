import { isUtf8 } from 'node:buffer'
import type { WorkspaceEvent } from '../../../lib/api.js'
import { CowriteError } from '../../../lib/errors.js'
import type { SessionApi, WorkspaceApi } from '../../../lib/workspace-api.js'
import type { OpenOptions, OpenWorkspace } from '../../../mcp-server/workspaces.js'

export interface FakeWorkspace {
  open: OpenWorkspace
  opened: (OpenOptions & { root: string })[]
  closed: number
  watching: number
  sessions: string[]
  active: string | null
  needsPerson: boolean
  files: Record<string, Uint8Array>
  /** The next opening fails with this. */
  failure: Error | null
  emit(event: WorkspaceEvent): void
}

/** A workspace of a few sessions that notes how it is used. */
export function fakeWorkspace(): FakeWorkspace {
  const listeners = new Set<(event: WorkspaceEvent) => void>()
  const fake: FakeWorkspace = {
    opened: [],
    closed: 0,
    watching: 0,
    sessions: ['main-work', 'side-work'],
    active: 'main-work',
    needsPerson: false,
    files: { 'acts/a.md': Buffer.from('# A\n'), 'acts/a.png': Buffer.from([0x89, 0xff, 0x00]) },
    failure: null,
    emit: (event) => {
      for (const listener of listeners) listener(event)
    },
    async open(root, options) {
      if (fake.failure) throw fake.failure
      fake.opened.push({ root, ...options })
      return { ...workspace, root } as WorkspaceApi
    },
  }

  const sessionNamed = (name: string): SessionApi =>
    ({
      name,
      description: `About ${name}`,
      bypasses: { list: async () => [] },
      async read(path: string) {
        const bytes = Buffer.from(fileAt(path))
        const encoding = isUtf8(bytes) ? 'utf-8' : 'base64'
        const content = bytes.toString(encoding)
        return { content, encoding, sizeBytes: bytes.length, truncated: bytes.length > 1_000_000 }
      },
      preview: async () => ({ needsPerson: fake.needsPerson, digest: 'digest-1' }),
      diff: async () => [{ patch: '--- a.md\n' }, { patch: '--- b.md\n' }],
      status: async () => ({
        changes: {
          modified: [{ path: 'acts/a.md' }],
          created: [{ path: 'acts/new.md' }],
          deleted: [{ path: 'x' }],
        },
      }),
      files: async ({ folder }: { folder?: string }) => {
        const entries = folder === 'acts' ? ['acts/a.md', 'acts/b.md'] : ['acts', 'notes.md']
        return {
          entries: entries.map((filePath) => ({
            filePath,
            kind: filePath.includes('.') ? 'file' : 'folder',
          })),
          total: entries.length,
        }
      },
    }) as unknown as SessionApi

  const fileAt = (path: string): Uint8Array => {
    const bytes = fake.files[path]
    if (!bytes) throw new CowriteError('NOT_FOUND', `File not found: ${path}`, { path })
    return bytes
  }

  const workspace = {
    async start(name: string) {
      fake.sessions.push(name)
      return sessionNamed(name)
    },
    async session(name = fake.active ?? undefined) {
      if (name === undefined) throw new CowriteError('NO_ACTIVE_SESSION', 'No active session', {})
      if (!fake.sessions.includes(name)) {
        throw new CowriteError('SESSION_NOT_FOUND', `Session '${name}' not found`, { session: name })
      }
      return sessionNamed(name)
    },
    active: async () => (fake.active === null ? null : sessionNamed(fake.active)),
    list: async () => ({
      sessions: fake.sessions.map((name) => ({ name, description: '', status: 'INACTIVE' })),
      count: fake.sessions.length,
    }),
    async watch(listener: (event: WorkspaceEvent) => void) {
      listeners.add(listener)
      fake.watching++
      return {
        async close() {
          listeners.delete(listener)
          fake.watching--
        },
      }
    },
    async close() {
      fake.closed++
    },
  }
  return fake
}
