import * as z from 'zod'
import { RpcError, rpcCode } from './rpc-error.js'

/** The parameters of a request, read by their schema. Throws the protocol's "invalid params". */
export function readParams<Schema extends z.ZodType>(schema: Schema, params: unknown): z.output<Schema> {
  const read = schema.safeParse(params ?? {})
  if (read.success) return read.data
  throw new RpcError(rpcCode.invalidParams, `The parameters do not fit: ${z.prettifyError(read.error)}`)
}
