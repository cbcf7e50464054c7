import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import type { Call } from '../../mcp-server/connection.js'
import { isPlainRequest, PlainCalls } from '../../mcp-server/plain-calls.js'
import { RpcError } from '../../mcp-server/rpc-error.js'

const request = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'a', arguments: {} } }

function answering(work: (call: Call) => Promise<Record<string, unknown>>) {
  const sent: unknown[] = []
  const told: string[] = []
  const calls = new PlainCalls({
    run: (method, params, call) => method(params, call),
    send: async (message) => void sent.push(message),
    notify: async (name) => void told.push(name),
    onError: (error) => {
      throw error
    },
  })
  const answer = (id: string | number = 7) => calls.answer({ ...request, id }, (_params, call) => work(call))
  return { calls, sent, told, answer }
}

describe('a plain request', () => {
  it.each([
    request,
    { jsonrpc: '2.0', id: 'a', method: 'tools/list' },
    { ...request, params: { ...request.params, _meta: { progressToken: 0, other: [1] } } },
  ])('%j', (message) => {
    expect(isPlainRequest(message)).toBe(true)
    expect(JSONRPCMessageSchema.safeParse(message).success).toBe(true)
  })

  it.each([
    null,
    [request],
    { ...request, id: null },
    { ...request, id: 1.5 },
    { ...request, jsonrpc: '1.0' },
    { ...request, params: [] },
    { ...request, params: null },
    { ...request, result: {} },
    { ...request, params: { _meta: 1 } },
    { ...request, params: { _meta: { progressToken: {} } } },
    { ...request, params: { task: {} } },
    { ...request, params: { _meta: { 'io.modelcontextprotocol/related-task': { taskId: 'a' } } } },
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: {} },
    { jsonrpc: '2.0', id: 1, result: {} },
  ])('is not %j', (message) => {
    expect(isPlainRequest(message)).toBe(false)
  })
})

describe('plain calls', () => {
  it('are answered with what they come to, under their own id', async () => {
    const { sent, answer } = answering(async () => ({ ok: true }))
    await answer('a')
    await answer(0)
    expect(sent).toEqual([
      { jsonrpc: '2.0', id: 'a', result: { ok: true } },
      { jsonrpc: '2.0', id: 0, result: { ok: true } },
    ])
  })

  it('are answered with their error, and its code where it has one of the protocol', async () => {
    const { sent, answer } = answering(async () => {
      throw new RpcError(-32602, 'no', { why: 1 })
    })
    await answer()
    expect(sent).toEqual([
      { jsonrpc: '2.0', id: 7, error: { code: -32602, message: 'no', data: { why: 1 } } },
    ])
    const other = answering(async () => {
      throw Object.assign(new Error('broken'), { code: 'EIO' })
    })
    await other.answer()
    expect(other.sent).toMatchObject([{ error: { code: -32603, message: 'broken' } }])
  })

  it.each(['cancel', 'cancelAll'] as const)('are stopped by %s, and say nothing more', async (how) => {
    let call: Call | undefined
    const { calls, sent, told, answer } = answering(async (given) => {
      call = given
      await given.notify('notifications/progress', {})
      await new Promise((resolve) => given.signal.addEventListener('abort', resolve))
      await given.notify('notifications/progress', {})
      return {}
    })
    const answered = answer(0)
    await expect.poll(() => told).toHaveLength(1)
    calls.cancel(1, 'another')
    expect(call?.signal.aborted).toBe(false)
    if (how === 'cancel') calls.cancel(0, 'enough')
    else calls.cancelAll()
    await answered
    expect([sent, told]).toEqual([[], ['notifications/progress']])
  })
})
