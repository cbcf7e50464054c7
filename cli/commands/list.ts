/** `session list`, with the words that other tools have for its pages and agents. */
import { CowriteError } from '../../lib/errors.js'
import type { Result } from '../call.js'
import { type Handler, runAndAnswer } from './handler.js'

const usualPage = 20

export function list({ thread, page, pageSize }: Result): Handler {
  return async (operation, raw, call) => {
    const size = pageSize === undefined ? undefined : numberOf('page-size', pageSize)
    const limit = raw.limit ?? size
    const first = page === undefined ? undefined : (numberOf('page', page) - 1) * Number(limit ?? usualPage)
    const meant = {
      ...(thread === undefined ? {} : { agent_id: thread }),
      ...(limit === undefined ? {} : { limit }),
      ...(first === undefined ? {} : { offset: first }),
    }
    return runAndAnswer(operation, { ...meant, ...raw }, call)
  }
}

/** Throws INVALID_INPUT. */
function numberOf(option: string, typed: unknown): number {
  const number = Number(typed)
  if (Number.isInteger(number) && number >= 1) return number
  throw new CowriteError('INVALID_INPUT', `--${option} takes a number from 1 on; it was '${String(typed)}'`, {
    argument: option,
    value: typed,
  })
}
