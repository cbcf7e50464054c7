/** Everything that is measured beside the table, in the order in which it is shown. */
import { command } from './command.mjs'
import { cancel, commit } from './commit.mjs'
import { create } from './create.mjs'
import { firstWrites } from './first-writes.mjs'
import { growth } from './growth.mjs'
import { large, reflink } from './large.mjs'
import { mcp } from './mcp.mjs'
import { read } from './read.mjs'
import { beside, list } from './sessions.mjs'
import { diff, status } from './status.mjs'
import { view } from './view.mjs'
import { walk } from './walk.mjs'
import { write } from './write.mjs'

const all = [
  ...[create, read, write, firstWrites, status, diff, commit, cancel],
  ...[large, reflink, mcp, command, view, list, beside, walk, growth],
]

export const lines = all.map((line) => ({
  fixtures: [],
  apart: [null],
  needs: {},
  mounts: false,
  deletes: false,
  ...line,
}))

/** One round of one line, or of one part of it; runs in a child. */
export function round(context) {
  const line = lines.find(({ name }) => name === context.line)
  if (line === undefined) throw new Error(`There is no line named ${context.line}.`)
  return line.round(context)
}
