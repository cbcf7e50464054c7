/** An MCP server that answers every call with the same 4 KiB and does nothing else: what a round trip alone takes. */
import { createInterface } from 'node:readline'

const text = 'x'.repeat(4096)

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) continue
  const result = method === 'initialize' ? welcome(params) : { content: [{ type: 'text', text }] }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
}

function welcome({ protocolVersion }) {
  return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'bare', version: '1.0.0' } }
}
