import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { ClientCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { onTestFinished } from 'vitest'
import { createServer, type ServerParts } from '../../../mcp-server/server.js'
import { fakeOperations } from './fake-operations.js'
import { type FakeWorkspace, fakeWorkspace } from './fake-workspace.js'

export interface Setting extends Partial<Omit<ServerParts, 'hints'>> {
  clientName?: string
  capabilities?: ClientCapabilities
  environment?: Record<string, string>
  workspaceOption?: string
  workingFolder?: string
  nearest?: (folder: string) => string | null
  /** Given the client before it connects. */
  prepare?(client: Client): void
}

export interface Connected {
  client: Client
  workspace: FakeWorkspace
  /** What the fake operations did. */
  log: string[]
  /** What the server said to stderr. */
  said: string[]
  close(): Promise<void>
}

/** A client and a server on the fake operations, in one process. */
export async function connect(setting: Setting = {}): Promise<Connected> {
  const workspace = fakeWorkspace()
  const log: string[] = []
  const said: string[] = []
  const server = createServer({
    operations: setting.operations ?? fakeOperations(log),
    openWorkspace: setting.openWorkspace ?? workspace.open,
    groups: setting.groups ?? ['session', 'files'],
    results: setting.results ?? 'auto',
    session: setting.session,
    hints: {
      workspace: setting.workspaceOption,
      environment: setting.environment ?? {},
      workingFolder: setting.workingFolder ?? '/the/working/folder',
      nearest: setting.nearest ?? (() => null),
      log: (line) => said.push(line),
    },
    log: (line) => said.push(line),
    ...(setting.answerTimeout === undefined ? {} : { answerTimeout: setting.answerTimeout }),
  })
  const client = new Client(
    { name: setting.clientName ?? 'a-client', version: '1.0.0' },
    { capabilities: setting.capabilities ?? {} },
  )
  setting.prepare?.(client)
  const [near, far] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connection.connect(far), client.connect(near)])

  const close = async () => {
    await client.close()
    await server.close()
  }
  onTestFinished(close)
  return { client, workspace, log, said, close }
}

/** The text of an answer's first part. */
export function textOf(result: unknown): string {
  const [first] = (result as { content: { type: string; text: string }[] }).content
  return first?.text ?? ''
}
