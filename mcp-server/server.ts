import type { Group, Operation } from '../lib/operations/operation.js'
import pkg from '../package.json' with { type: 'json' }
import { chatOf } from './chat.js'
import { clientInRecords } from './client.js'
import { completionMethods } from './completions.js'
import { type Call, type Connection, createConnection, type Method, type Peer } from './connection.js'
import { type FolderHints, findFolder } from './folder.js'
import { instructionsFor } from './instructions.js'
import type { Results } from './options.js'
import { promptMethods } from './prompts.js'
import { resourceMethods } from './resources.js'
import { Subscriptions } from './subscriptions.js'
import { toolMethods } from './tools.js'
import { type OpenWorkspace, Workspaces } from './workspaces.js'

/** How long a person has to answer a question, in milliseconds: some clients say that they ask, and never do. */
const defaultAnswerTimeout = 120_000

export interface ServerParts {
  operations: readonly Operation[]
  openWorkspace: OpenWorkspace
  groups: readonly Group[]
  results: Results
  session?: string | undefined
  hints: FolderHints
  log(line: string): void
  answerTimeout?: number
}

export interface CowriteServer {
  connection: Connection
  /** Lets go of the workspace's handles and of what is watched. */
  close(): Promise<void>
}

function followedBy(methods: Record<string, Method>, act: () => void): Record<string, Method> {
  const followed = Object.entries(methods).map(([name, method]): [string, Method] => [
    name,
    (params, call) => method(params, call).finally(act),
  ])
  return Object.fromEntries(followed)
}

/** Puts the rooms of the server together; it serves once its connection is connected. */
export function createServer(parts: ServerParts): CowriteServer {
  const { operations, log } = parts
  const environment = parts.hints.environment
  let workspaces: Workspaces | undefined
  let subscriptions: Subscriptions | undefined

  const methods = (peer: Peer) => {
    const news = new Subscriptions(peer, log)
    const handles = new Workspaces({
      open: parts.openWorkspace,
      findFolder: () => findFolder(peer, parts.hints),
      session: parts.session || environment.COWRITE_SESSION || undefined,
      client: () => clientInRecords(peer.clientName()),
      onFirstOpened: (workspace) => news.attend(workspace),
    })
    workspaces = handles
    subscriptions = news
    const workspaceOf = (call: Call) => handles.forChat(chatOf(call.meta, environment))
    const { groups, results, answerTimeout = defaultAnswerTimeout } = parts
    const offered = operations.filter((operation) => groups.includes(operation.group))
    const all: Record<string, Method> = {
      ...toolMethods({ operations, offered, results, peer, workspaceOf, answerTimeout }),
      ...resourceMethods({ operations, workspaceOf }),
      ...news.methods(workspaceOf),
      ...promptMethods(offered, peer.clientName),
      ...completionMethods(offered, workspaceOf),
    }
    return followedBy(all, () => news.startSoon())
  }

  const connection = createConnection({
    name: 'cowrite',
    version: pkg.version,
    instructions: instructionsFor(parts.groups),
    capabilities: {
      tools: {},
      resources: { subscribe: true, listChanged: true },
      prompts: {},
      completions: {},
    },
    methods,
    onNotification: (method) => {
      if (method === 'notifications/roots/list_changed') workspaces?.forgetFolder()
    },
    onError: (error) => log(error.message),
  })

  return {
    connection,
    async close() {
      await subscriptions?.close()
      await workspaces?.close()
    },
  }
}
