/** Whatever is given as a path is inside of the workspace, or refused. */
import { posix } from 'node:path'
import { expect, it } from 'vitest'
import { CowriteError, isCowriteError } from '../../lib/errors.js'
import { parsePath } from '../../lib/paths.js'
import { fuzzPaths } from './support/path-fuzz.js'

it('P1: a path is inside or refused, and read as node:path and the disk read it: 20,000 of them', () => {
  const { cases, inside, refused, onDisk } = fuzzPaths(20_000)
  expect(inside + refused).toBe(cases)
  expect(Math.min(inside, refused, onDisk)).toBeGreaterThan(500)
})

it.each<[fault: string, parse: (input: string) => string, found: RegExp]>([
  [
    'lets what leads out be',
    (input) => (leadsOut(input) ? posix.normalize(input) : parsePath(input)),
    /and leaves/,
  ],
  ['answers what it was asked', (input) => parsePath(input) && input, /not normalized/],
  ['looks for a drive before it normalizes', (input) => driveOf(input) ?? parsePath(input), /and leaves/],
  [
    'refuses whatever has two dots',
    (input) => (input.includes('..') ? refuse(input) : parsePath(input)),
    /stays/,
  ],
])('control: a parser that %s is found out', (_fault, parse, found) => {
  expect(() => fuzzPaths(20_000, { parse })).toThrow(found)
})

function leadsOut(input: string): boolean {
  return isCowriteError(
    catchError(() => parsePath(input)),
    'PATH_ESCAPE',
  )
}

function catchError(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

/** A path that becomes one with a drive. */
function driveOf(input: string): string | null {
  const path = posix.normalize(input)
  return /^[A-Za-z]:/.test(path) && !/^[A-Za-z]:|[\\\0]/.test(input) ? path : null
}

function refuse(path: string): never {
  throw new CowriteError('PATH_ESCAPE', 'It leads out.', { path })
}
