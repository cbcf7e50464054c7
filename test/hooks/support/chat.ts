/** A workspace with a chat of Claude Code in it, whose events the built hook is fed with. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { openWorkspace, type Workspace } from '../../../lib/index.js'
import type { SessionApi } from '../../../lib/workspace-api.js'
import { runBuilt } from '../../support/built.js'

export interface Answer {
  hookSpecificOutput: {
    hookEventName: string
    permissionDecision?: string
    permissionDecisionReason?: string
    updatedInput?: Record<string, unknown>
    additionalContext?: string
  }
  systemMessage?: string
}

export interface Book {
  root: string
  at(path: string): string
  put(path: string, content: string): void
  /** The chat's name. */
  chat: string
  /** As `tell`, the bare text. */
  says(event: string, more?: Record<string, unknown>): string
  /** What the hook says to an event of the chat; null where it says nothing. */
  tell(event: string, more?: Record<string, unknown>): Answer | null
  /** As `tell`: what the model gets. */
  hears(event: string, more?: Record<string, unknown>): string | null
  within<Result>(work: (workspace: Workspace, session: SessionApi) => Promise<Result>): Promise<Result>
  remove(): void
}

export function makeBook(files: Record<string, string>): Book {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-hooks-')))
  const home = `${root}-home`
  const book: Book = {
    root,
    chat: '5f0c6a0e-0000-4000-8000-000000000001',
    at: (path) => join(root, path),
    put(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    },
    tell(event, more) {
      const said = book.says(event, more)
      return said === '' ? null : JSON.parse(said)
    },
    says(event, more = {}) {
      const common = { session_id: book.chat, cwd: root, permission_mode: 'default', hook_event_name: event }
      const { status, stdout, stderr } = runBuilt('hooks/main.js', ['cowrite-init:file'], {
        input: JSON.stringify({ ...common, ...more }),
        env: {
          ...{ PATH: process.env.PATH ?? '', HOME: home },
          ...{ CLAUDE_PROJECT_DIR: root, CLAUDE_PID: String(process.pid) },
        },
        cwd: root,
      })
      expect([status, stderr]).toEqual([0, ''])
      return stdout
    },
    hears: (event, more) => book.tell(event, more)?.hookSpecificOutput.additionalContext ?? null,
    async within(work) {
      const workspace = await openWorkspace(root, { chat: book.chat })
      try {
        return await work(workspace, await workspace.session())
      } finally {
        await workspace.close()
      }
    },
    remove() {
      for (const folder of [root, home]) rmSync(folder, { recursive: true, force: true })
    },
  }
  for (const [path, content] of Object.entries(files)) book.put(path, content)
  return book
}
