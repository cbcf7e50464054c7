/**
 * Requests that need nothing of the protocol layer but an answer, as nearly all do. To find out what kind of message one
 * is, that layer tries one schema after the other, which takes longer than a small call's own work.
 */
import type { Call, Method } from './connection.js'
import { rpcCode } from './rpc-error.js'

type Id = string | number

export interface PlainRequest {
  id: Id
  method: string
  params?: Record<string, unknown>
}

export interface PlainCallsOptions {
  run(method: Method, params: unknown, call: Call): Promise<Record<string, unknown>>
  send(message: object): Promise<void>
  notify: Call['notify']
  onError(error: Error): void
}

const keysOfRequest: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params'])
/** Where tasks are spoken of, the protocol layer has something to do. */
const keysOfTasks = ['task', 'io.modelcontextprotocol/related-task']

/** Whether a message is a request that is right in every key, and is no part of a task. */
export function isPlainRequest(message: unknown): message is PlainRequest {
  if (!isPlainObject(message)) return false
  for (const key in message) if (!keysOfRequest.has(key)) return false
  const { jsonrpc, id, method, params = {} } = message
  const isCall = jsonrpc === '2.0' && typeof method === 'string' && isId(id)
  return isCall && isPlainObject(params) && !speaksOfTasks(params) && isPlainMeta(params._meta)
}

function isPlainMeta(meta: unknown): boolean {
  if (meta === undefined) return true
  if (!isPlainObject(meta) || speaksOfTasks(meta)) return false
  return meta.progressToken === undefined || isId(meta.progressToken)
}

function speaksOfTasks(value: Record<string, unknown>): boolean {
  return keysOfTasks.some((key) => key in value)
}

function isId(value: unknown): value is Id {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export class PlainCalls {
  readonly #options: PlainCallsOptions
  readonly #running = new Map<Id, AbortController>()

  constructor(options: PlainCallsOptions) {
    this.#options = options
  }

  /** Runs the method and sends its answer; none to a request that is cancelled meanwhile. */
  async answer({ id, params }: PlainRequest, method: Method): Promise<void> {
    const { run, send, notify, onError } = this.#options
    const controller = new AbortController()
    const { signal } = controller
    this.#running.set(id, controller)
    const call: Call = {
      signal,
      meta: (params?._meta as Call['meta'] | undefined) ?? {},
      notify: async (name, about) => (signal.aborted ? undefined : notify(name, about)),
    }
    const outcome = await run(method, params, call).then((result) => ({ result }), errorOf)
    if (this.#running.get(id) === controller) this.#running.delete(id)
    if (signal.aborted) return
    await send({ ...outcome, jsonrpc: '2.0', id }).catch((error: Error) =>
      onError(new Error(`Failed to send a response: ${error.message}`)),
    )
  }

  /** Nothing where there is no such request any more. */
  cancel(id: unknown, reason: unknown): void {
    this.#running.get(id as Id)?.abort(reason)
  }

  cancelAll(): void {
    for (const controller of this.#running.values()) controller.abort()
    this.#running.clear()
  }
}

function errorOf(thrown: unknown): { error: { code: number; message: string; data?: unknown } } {
  const { code, message, data } = (thrown ?? {}) as { code?: unknown; message?: string; data?: unknown }
  const known = Number.isSafeInteger(code) ? (code as number) : rpcCode.internalError
  return {
    error: { code: known, message: message ?? 'Internal error', ...(data === undefined ? {} : { data }) },
  }
}
