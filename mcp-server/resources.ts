import * as z from 'zod'
import { type ErrorCode, isCowriteError } from '../lib/errors.js'
import { parseInput } from '../lib/operations/index.js'
import type { Operation } from '../lib/operations/operation.js'
import type { WorkspaceApi } from '../lib/workspace-api.js'
import type { Call, Method } from './connection.js'
import { mimeTypeOf } from './mime-type.js'
import { readParams } from './params.js'
import { parseResourceUri, type ResourceName, resourceUri, templates } from './resource-uri.js'
import { RpcError, rpcCode } from './rpc-error.js'

export interface ResourceSource {
  operations: readonly Operation[]
  workspaceOf(call: Call): Promise<WorkspaceApi>
}

const uriParams = z.object({ uri: z.string() })

export function resourceMethods(source: ResourceSource): Record<string, Method> {
  return {
    'resources/list': async (_params, call) => {
      const workspace = await source.workspaceOf(call)
      const { sessions } = await workspace.list()
      return { resources: [sessionsResource, ...sessions.flatMap(resourcesOf)] }
    },
    'resources/templates/list': async () => ({ resourceTemplates }),
    'resources/read': async (params, call) => {
      const { uri } = readParams(uriParams, params)
      const name = parseResourceUri(uri)
      if (!name) throw noSuchResource(uri)
      try {
        const content = await read(source, await source.workspaceOf(call), name)
        return { contents: [{ uri, ...content }] }
      } catch (error) {
        throw asRpcError(error, uri)
      }
    },
  }
}

export function noSuchResource(uri: string): RpcError {
  const known = ['cowrite://sessions', ...Object.values(templates)].join(', ')
  return new RpcError(rpcCode.resourceNotFound, `${uri} names nothing here: ${known}`, { uri })
}

const sessionsResource = {
  uri: 'cowrite://sessions',
  name: 'sessions',
  title: 'Sessions',
  description: 'All open sessions, as list_sessions gives them',
  mimeType: 'application/json',
}

const resourceTemplates = [
  {
    uriTemplate: templates.session,
    name: 'session',
    title: 'Session',
    description: 'What a session has changed, as get_active_session gives it',
    mimeType: 'application/json',
  },
  {
    uriTemplate: templates.diff,
    name: 'session-diff',
    title: 'Changes of a session',
    description: 'Its changes as unified diffs',
    mimeType: 'text/x-diff',
  },
  {
    uriTemplate: templates.file,
    name: 'session-file',
    title: 'File in a session',
    description: 'A file as the session sees it: its own copy, else the live one',
  },
]

function resourcesOf(session: { name: string; description: string; status: string }) {
  const { name } = session
  return [
    {
      uri: resourceUri({ kind: 'session', session: name }),
      name,
      title: `${name} (${session.status})`,
      ...(session.description === '' ? {} : { description: session.description }),
      mimeType: 'application/json',
    },
    {
      uri: resourceUri({ kind: 'diff', session: name }),
      name: `${name}-diff`,
      title: `Changes of ${name}`,
      mimeType: 'text/x-diff',
    },
  ]
}

async function read(source: ResourceSource, workspace: WorkspaceApi, name: ResourceName) {
  switch (name.kind) {
    case 'sessions':
      return asJson(await resultOf(source, 'list_sessions', workspace))
    case 'session':
      return asJson(await resultOf(source, 'get_active_session', workspace, name.session))
    case 'diff': {
      const session = await workspace.session(name.session)
      const diffs = await session.diff({ words: false })
      return { mimeType: 'text/x-diff', text: diffs.map((diff) => diff.patch).join('') }
    }
    case 'file':
      return readFile(workspace, name.session, name.path)
  }
}

async function readFile(workspace: WorkspaceApi, name: string, path: string) {
  const session = await workspace.session(name)
  const { content, encoding, sizeBytes, truncated } = await session.read(path)
  if (truncated) {
    throw new RpcError(
      rpcCode.invalidParams,
      `${path} has ${sizeBytes} bytes, more than a resource may have: read it in parts with read_session_file`,
      { path, size_bytes: sizeBytes },
    )
  }
  const mimeType = mimeTypeOf(path, encoding)
  return encoding === 'utf-8' ? { mimeType, text: content } : { mimeType, blob: content }
}

/** What a tool would answer, in the session that is named. */
async function resultOf(source: ResourceSource, tool: string, workspace: WorkspaceApi, session?: string) {
  const operation = source.operations.find((candidate) => candidate.name === tool)
  if (!operation) throw new RpcError(rpcCode.resourceNotFound, `This server has no ${tool}`)
  const context = { workspace, session: (name?: string) => workspace.session(name ?? session) }
  return operation.run(context, parseInput(operation, {}))
}

function asJson(result: Record<string, unknown>) {
  return { mimeType: 'application/json', text: JSON.stringify(result, null, 2) }
}

const notFound: readonly ErrorCode[] = ['NOT_FOUND', 'SESSION_NOT_FOUND', 'NO_ACTIVE_SESSION']
const notFitting: readonly ErrorCode[] = ['INVALID_INPUT', 'PATH_ESCAPE', 'PATH_PROTECTED', 'WRONG_KIND']

function asRpcError(error: unknown, uri: string): unknown {
  if (!isCowriteError(error)) return error
  const { code, message, data } = error
  const rpc = notFound.includes(code)
    ? rpcCode.resourceNotFound
    : notFitting.includes(code)
      ? rpcCode.invalidParams
      : rpcCode.internalError
  return new RpcError(rpc, message, { uri, code, ...data })
}
