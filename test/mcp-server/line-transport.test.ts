import { PassThrough } from 'node:stream'
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { isProtocolMessage } from '../../mcp-server/connection.js'
import { LineTransport } from '../../mcp-server/line-transport.js'

/** A transport of a limit of 1 MiB, with what it received and what it answered. */
async function transport() {
  const input = new PassThrough()
  const received: unknown[] = []
  const answered: unknown[] = []
  const write = ((line: string, done: () => void) => {
    answered.push(JSON.parse(line))
    done()
    return true
  }) as PassThrough['write']
  const line = new LineTransport(input, write, isProtocolMessage, 1024 * 1024)
  line.onmessage = (message) => void received.push(message)
  await line.start()
  return { input, received, answered, line }
}

const ping = (id: number | string) => ({ jsonrpc: '2.0', id, method: 'ping' })

describe('a line', () => {
  it('is a message however it arrives', async () => {
    const { input, received } = await transport()
    const text = `${JSON.stringify(ping(1))}\r\n\n${JSON.stringify({ ...ping(2), params: { name: 'ä—é' } })}\n`
    for (const byte of Buffer.from(text)) input.write(Buffer.from([byte]))
    await expect.poll(() => received).toEqual([ping(1), { ...ping(2), params: { name: 'ä—é' } }])
  })

  it('that is no JSON is answered, and the next one is read', async () => {
    const { input, received, answered } = await transport()
    input.write(`{"jsonrpc":\n${JSON.stringify(ping(1))}\n`)
    await expect.poll(() => received).toEqual([ping(1)])
    expect(answered).toMatchObject([{ jsonrpc: '2.0', error: { code: -32700 } }])
  })

  it.each([
    ['[]', undefined],
    ['null', undefined],
    ['{"id":3,"method":"ping"}', 3],
    ['{"jsonrpc":"2.0","id":"four","method":"tools/call","params":[]}', 'four'],
    ['{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"_meta":7}}', 5],
    ['{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}', undefined],
    // No answer could bear them.
    ['{"jsonrpc":"2.0","id":0.5,"method":"ping"}', undefined],
    ['{"jsonrpc":"2.0","id":1e308,"method":"ping"}', undefined],
  ])('that is no message of MCP is answered by its id, if it has one: %s', async (text, id) => {
    const { input, received, answered } = await transport()
    input.write(`${text}\n`)
    await expect.poll(() => answered).toHaveLength(1)
    expect(answered).toEqual([
      {
        jsonrpc: '2.0',
        ...(id === undefined ? {} : { id }),
        error: { code: -32600, message: expect.any(String) },
      },
    ])
    expect(received).toEqual([])
  })

  const long = 'x'.repeat(3 * 1024 * 1024)
  it.each([
    [{ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { long } }, 7],
    [{ method: 'tools/call', params: { long, id: 1 }, jsonrpc: '2.0', id: 8 }, 8],
    [{ method: 'tools/call', params: { long, id: 1 }, id: 'nine', jsonrpc: '2.0' }, 'nine'],
    [{ method: 'tools/call', id: 10, params: { long: `${long}"id":1` }, jsonrpc: '2.0' }, 10],
    [{ method: 'tools/call', params: { id: 1, long, nested: { id: 2 } } }, undefined],
    [{ jsonrpc: '2.0', id: 2 ** 60, method: 'tools/call', params: { long } }, undefined],
  ])('that is too long is answered by its id (%#), and ends nothing', async (message, id) => {
    const { input, received, answered } = await transport()
    input.write(`${JSON.stringify(message)}\n${JSON.stringify(ping(1))}\n`)
    await expect.poll(() => received).toEqual([ping(1)])
    expect(answered).toEqual([
      {
        jsonrpc: '2.0',
        ...(id === undefined ? {} : { id }),
        error: { code: -32600, message: expect.any(String) },
      },
    ])
  })

  it('that is too long ends nothing whatever its id is', async () => {
    const { input, received, answered } = await transport()
    for (const id of ['"a\u0001b"', '"é"', '007', '9'.repeat(400), '{}'])
      input.write(`{"jsonrpc":"2.0","id":${id},"method":"ping","params":{"long":"${long}"}}\n`)
    input.write(`${JSON.stringify(ping(1))}\n`)
    await expect.poll(() => received).toEqual([ping(1)])
    expect(answered).toHaveLength(5)
    for (const answer of answered) expect(answer).not.toHaveProperty('id')
  })
})

it.each([
  { jsonrpc: '2.0', id: 1, method: 'a', params: {} },
  { jsonrpc: '2.0', id: 'x', method: 'a', params: { b: [1] } },
  { jsonrpc: '2.0', id: 1, method: 'a' },
  { jsonrpc: '2.0', id: 1, method: 'a', params: [] },
  { jsonrpc: '2.0', id: 1, method: 'a', params: null },
  { jsonrpc: '2.0', id: 1.5, method: 'a', params: {} },
  { jsonrpc: '2.0', id: null, method: 'a', params: {} },
  { jsonrpc: '2.0', id: 2 ** 60, method: 'a', params: {} },
  { jsonrpc: '2.0', method: 'a', params: {} },
  { jsonrpc: '2.0', id: 1, method: 7, params: {} },
  { jsonrpc: '1.0', id: 1, method: 'a', params: {} },
  { jsonrpc: '2.0', id: 1, method: 'a', params: {}, further: 1 },
  { jsonrpc: '2.0', id: 1, method: 'a', params: { _meta: 7 } },
  { jsonrpc: '2.0', id: 1, method: 'a', params: { _meta: { progressToken: 1 } } },
  { jsonrpc: '2.0', id: 1, result: {} },
  [],
  null,
  'text',
])('takes just what the protocol layer takes: %j', (message) => {
  expect(isProtocolMessage(message)).toBe(JSONRPCMessageSchema.safeParse(message).success)
})
