/** The one file that knows the MCP SDK: another version of the SDK is another version of this file. */
import { setImmediate } from 'node:timers/promises'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  ErrorCode,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'
import { isPlainRequest, PlainCalls, type PlainRequest } from './plain-calls.js'
import { RpcError, rpcCode } from './rpc-error.js'

/** What a request comes with. */
export interface Call {
  /** Aborted when the client cancels the request, or is gone. */
  readonly signal: AbortSignal
  readonly meta: Readonly<Record<string, unknown>>
  notify(method: string, params: Record<string, unknown>): Promise<void>
}

/** Looser than the SDK's, which drops the whole list for one root that is no file URL. */
const rootsResult = z.looseObject({ roots: z.array(z.looseObject({ uri: z.string() })) })

export type Method = (params: unknown, call: Call) => Promise<Record<string, unknown>>

/** How a person took a question. `unanswered`: nobody did in time; `unable`: the client could not put it. */
export type Reply = 'confirmed' | 'refused' | 'unanswered' | 'unable'

/** The client, as the rooms of the server see it. */
export interface Peer {
  /** `clientInfo.name` of initialize; undefined before it. */
  clientName(): string | undefined
  canListRoots(): boolean
  canAsk(): boolean
  /** URIs. */
  listRoots(timeout: number): Promise<string[]>
  /** Puts a yes-or-no question to the person; `timeout` in milliseconds. */
  ask(question: { message: string; title: string; timeout: number; signal: AbortSignal }): Promise<Reply>
  notify(method: string, params?: Record<string, unknown>): Promise<void>
}

export interface Connection extends Peer {
  connect(transport: Transport): Promise<void>
  /** Settles when no request is being worked on. */
  idle(): Promise<void>
  close(): Promise<void>
}

export interface ConnectionOptions {
  name: string
  version: string
  instructions: string
  capabilities: Record<string, Record<string, unknown>>
  /** Made once the peer is there, since they talk to it. */
  methods: (peer: Peer) => Record<string, Method>
  onNotification?: (method: string) => void
  onError?: (error: Error) => void
}

export type { Transport }

/** Whether a parsed message is one that the protocol layer will take, so that nothing is dropped without an answer. */
export function isProtocolMessage(message: unknown): boolean {
  return isPlainRequest(message) || JSONRPCMessageSchema.safeParse(message).success
}

/**
 * Puts a table of methods behind an MCP server.
 *
 * The methods get their parameters as they came: the SDK would answer bad ones in words that help nobody.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { name, version, instructions, capabilities } = options
  const server = new Server({ name, version }, { instructions, capabilities })
  const running = new Set<Promise<unknown>>()
  let closed = false

  const peer: Peer = {
    clientName: () => server.getClientVersion()?.name,
    canListRoots: () => server.getClientCapabilities()?.roots !== undefined,
    canAsk: () => server.getClientCapabilities()?.elicitation?.form !== undefined,
    async listRoots(timeout) {
      const { roots } = await server.request({ method: 'roots/list' }, rootsResult, { timeout })
      return roots.map((root) => root.uri)
    },
    async ask({ message, title, timeout, signal }) {
      const confirm = { type: 'boolean' as const, title }
      const requestedSchema = { type: 'object' as const, properties: { confirm }, required: ['confirm'] }
      try {
        const reply = await server.elicitInput({ message, requestedSchema }, { timeout, signal })
        return reply.action === 'accept' && reply.content?.confirm === true ? 'confirmed' : 'refused'
      } catch (error) {
        if (signal.aborted) throw error
        if (!(error instanceof McpError)) return 'unable'
        if (error.code === ErrorCode.RequestTimeout) return 'unanswered'
        // A form that was accepted without the box in it is no yes.
        return error.code === ErrorCode.InvalidParams ? 'refused' : 'unable'
      }
    },
    async notify(method, params) {
      if (closed) return
      await server.notification({ method, params } as Parameters<typeof server.notification>[0])
    },
  }

  const methods = new Map(Object.entries(options.methods(peer)))
  const run = (method: Method, params: unknown, call: Call) => {
    const work = method(params, call)
    const settled: Promise<unknown> = work.then(
      () => running.delete(settled),
      () => running.delete(settled),
    )
    running.add(settled)
    return work
  }
  server.fallbackRequestHandler = async (request, extra) => {
    const method = methods.get(request.method)
    if (!method) throw new RpcError(rpcCode.methodNotFound, 'Method not found')
    const call: Call = {
      signal: extra.signal,
      meta: extra._meta ?? {},
      notify: (name, params) =>
        extra.sendNotification({ method: name, params } as Parameters<typeof extra.sendNotification>[0]),
    }
    return run(method, request.params, call)
  }
  server.fallbackNotificationHandler = async (notification) => options.onNotification?.(notification.method)
  if (options.onError) server.onerror = options.onError
  let plainCalls: PlainCalls | undefined
  server.onclose = () => {
    closed = true
    plainCalls?.cancelAll()
  }

  /** Plain requests are answered past the SDK, all else by it. */
  async function connect(transport: Transport): Promise<void> {
    await server.connect(transport)
    const bySdk = transport.onmessage
    const plain = new PlainCalls({
      run,
      send: (message) => transport.send(message as JSONRPCMessage),
      notify: peer.notify,
      onError: options.onError ?? (() => {}),
    })
    plainCalls = plain
    transport.onmessage = (message, extra) => {
      const method = isPlainRequest(message) ? methods.get(message.method) : undefined
      if (method !== undefined) return void plain.answer(message as PlainRequest, method)
      bySdk?.(message, extra)
      if ('method' in message && message.method === 'notifications/cancelled')
        plain.cancel(message.params?.requestId, message.params?.reason)
    }
  }

  return {
    ...peer,
    connect,
    async idle() {
      while (running.size > 0) await Promise.all(running)
      await setImmediate() // The last answer is sent a turn after its work is done.
    },
    close: () => server.close(),
  }
}
