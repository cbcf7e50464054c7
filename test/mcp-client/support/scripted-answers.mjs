/** What the scripted servers answer, over whichever wire. */
const text = (description) => ({ type: 'string', description })

export const tools = [
  {
    name: 'execute_query',
    description: 'Execute SQL query and return results',
    inputSchema: {
      type: 'object',
      properties: {
        query: text('SQL query to execute'),
        max_rows: { type: 'integer', description: 'Maximum rows to return', default: 1000 },
        columns: { type: 'array', items: { type: 'string' } },
      },
      required: ['query'],
      additionalProperties: false,
    },
    outputSchema: { type: 'object', properties: { rows: { type: 'integer' } }, required: ['rows'] },
  },
  {
    name: 'get_schema',
    description: 'Get table schema information\n\nWith its columns.',
    inputSchema: { type: 'object', properties: { table_name: text('Table name') } },
  },
  { name: 'explain_query', description: 'Get query execution plan', inputSchema: { type: 'object' } },
  { name: 'leave', inputSchema: { type: 'object' } },
  { name: 'never', inputSchema: { type: 'object' } },
]

/** Two pages, so that one who asks only for the first sees too few. */
const pages = { undefined: { tools: tools.slice(0, 2), nextCursor: 'more' }, more: { tools: tools.slice(2) } }

/** @returns {object | null} null where nothing is answered */
export function answerTo({ id, method, params }, behaviour) {
  if (id === undefined) return null
  const result = resultOf(method, params, behaviour)
  if (result === null) return null
  return { jsonrpc: '2.0', id, ...(result.code ? { error: result } : { result }) }
}

function resultOf(method, params, behaviour) {
  if (method === 'initialize') {
    return {
      protocolVersion: params.protocolVersion,
      capabilities: behaviour === 'toolless' ? {} : { tools: {} },
      serverInfo: { name: 'scripted', version: '0.1.0' },
    }
  }
  if (method === 'tools/list') return pages[params?.cursor]
  if (method === 'tools/call') return called(params)
  return { code: -32601, message: `no method ${method}` }
}

function called({ name, arguments: given }) {
  if (name === 'never') return null
  if (name === 'get_schema')
    return { isError: true, content: [{ type: 'text', text: `no table ${given.table_name}` }] }
  if (name === 'explain_query') return { code: -32603, message: 'the planner is away' }
  return {
    content: [{ type: 'text', text: JSON.stringify({ given }) }],
    structuredContent: { rows: given.max_rows ?? 1000 },
  }
}
