import { expect, it } from 'vitest'
import type { Call } from '../../mcp-server/connection.js'
import { progressOf } from '../../mcp-server/progress.js'

function call(progressToken: unknown) {
  const told: Record<string, unknown>[] = []
  const made: Call = {
    signal: new AbortController().signal,
    meta: { progressToken },
    async notify(_method, params) {
      told.push(params)
    },
  }
  return { made, told }
}

it('progress rises through all steps, and the end of each is told', () => {
  const { made, told } = call(7)
  const report = progressOf(made)
  for (const step of ['staging', 'applying']) {
    for (let done = 1; done <= 1_000; done++) report?.(done, 1_000, step)
  }
  const numbers = told.map((params) => params.progress as number)
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(numbers.length).toBeLessThan(50)
  expect(told).toContainEqual({
    progressToken: 7,
    progress: 1_000,
    total: 1_000,
    message: 'staging: 1000 of 1000',
  })
  expect(told.at(-1)).toEqual({
    progressToken: 7,
    progress: 2_000,
    total: 2_000,
    message: 'applying: 1000 of 1000',
  })
})

it.each([undefined, null, {}, true])('nothing is told to a client that gave %j for a token', (token) => {
  expect(progressOf(call(token).made)).toBeUndefined()
})
