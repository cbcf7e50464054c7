import * as z from 'zod'
import type { Operation } from './operation.js'

export interface ToolDefinition {
  name: string
  title: string
  description: string
  inputSchema: Record<string, unknown>
  outputSchema?: Record<string, unknown>
  annotations: {
    readOnlyHint: boolean
    destructiveHint: boolean
    idempotentHint: boolean
    openWorldHint: false
  }
}

/** An operation as MCP lists it; with `output`, the schema of its result as well. */
export function toolDefinition(operation: Operation, { output }: { output: boolean }): ToolDefinition {
  const { name, title, summary, kind, idempotent } = operation
  return {
    name,
    title,
    description: summary,
    inputSchema: schemaOf(operation.input, 'input'),
    ...(output ? { outputSchema: schemaOf(operation.output, 'output') } : {}),
    annotations: {
      readOnlyHint: kind === 'read',
      destructiveHint: kind === 'destructive',
      idempotentHint: idempotent,
      openWorldHint: false,
    },
  }
}

function schemaOf(schema: z.ZodObject, io: 'input' | 'output'): Record<string, unknown> {
  return trimmed(z.toJSONSchema(schema, { io, unrepresentable: 'any' }), io, false) as Record<string, unknown>
}

function isSeldom(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'isSeldom' in node
}

/**
 * Leaves out what costs every chat and tells nobody anything: the dialect, the bounds of whole numbers, and in
 * results the type beside an enumeration, the promise of no further fields, which later versions could not keep, and
 * what few results have.
 */
function trimmed(node: unknown, io: 'input' | 'output', isProperties: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => trimmed(item, io, false))
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(([key, value]) => {
    if (isProperties) return io === 'input' || !isSeldom(value)
    if (key === '$schema' || key === 'propertyNames') return false
    if (key === 'additionalProperties' && io === 'output') return typeof value === 'object'
    if (key === 'type' && io === 'output') return !('enum' in node)
    return !(typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER)
  })
  const entries = kept.map(([key, value]) => [key, trimmed(value, io, key === 'properties' && !isProperties)])
  return Object.fromEntries(entries)
}
