import { CowriteError } from '../errors.js'
import { aboutInput } from './about.js'
import { noteOrigin } from './failed-in.js'
import type { listRetries } from './retries.js'

type ListRetries = typeof listRetries

/** Asked for one retry by its number, an empty list would hide that there are others. Throws NOT_FOUND, naming those. */
export function refusingUnknownRetry(list: ListRetries): ListRetries {
  return {
    ...list,
    async run(context, input) {
      const result = await list.run(context, input)
      if (input.retry === undefined || result.retries.length > 0) return result
      const { retries } = await list.run(context, { ...input, retry: undefined })
      const numbers = [...new Set(retries.map(({ retry }) => retry))].sort((one, other) => one - other)
      const where = input.file_path ?? 'The workspace'
      const there = numbers.length === 0 ? 'none is recorded' : `there are ${numbers.join(', ')}`
      const error = new CowriteError('NOT_FOUND', `${where} has no retry ${input.retry}: ${there}.`, {
        path: input.file_path ?? '',
      })
      noteOrigin(error, 'list_retries', aboutInput(list.input.shape, input))
      throw error
    },
  }
}
