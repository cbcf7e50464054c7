/** What the examples share: a copy of the book to work in, and lines to read. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openWorkspace } from 'cowrite'
import { layOutBook } from './book/layout.mjs'

/**
 * Lays the first chapters of the novel out in a temporary folder, runs `work` on it and removes it.
 *
 * @template Result
 * @param {{ chapters?: number }} options
 * @param {(workspace: import('cowrite').Workspace) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function inTemporaryBook({ chapters = 5 }, work) {
  const folder = mkdtempSync(join(tmpdir(), 'cowrite-example-'))
  try {
    layOutBook(folder, { chapters })
    return await withWorkspace(folder, work)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function withWorkspace(folder, work) {
  const workspace = await openWorkspace(folder)
  try {
    return await work(workspace)
  } finally {
    await workspace.close()
  }
}

/** Prints a line; what stands under it is indented. */
export function say(line, ...under) {
  console.log(line)
  for (const each of under) console.log(`  ${each}`)
}

/** The marked sentences of a prose diff: what a writer wants to read of it. */
export function changedSentences(patch) {
  return patch.split('\n').filter((line) => /\[-.+-\]|\{\+.+\+\}/.test(line))
}
