/** A command in a folder that is gone: the built program, since a process has one folder for all its tests. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { built } from '../support/built.js'

let book: string
beforeEach(() => {
  book = realpathSync(mkdtempSync(join(tmpdir(), 'cowrite-')))
})
afterEach(() => rmSync(book, { recursive: true, force: true }))

// Windows lets nobody remove a folder that somebody stands in.
describe.skipIf(process.platform === 'win32')('a folder that is gone', () => {
  function fromThere(...line: string[]): { status: number | null; text: string } {
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    const words = ['-c', script, 'sh', process.execPath, built('cli/main.js'), ...line]
    const { COWRITE_WORKSPACE: _, ...env } = process.env
    const { status, stdout, stderr } = spawnSync('sh', words, { cwd: book, env, encoding: 'utf8' })
    return { status, text: stdout + stderr }
  }

  it.each(['session status', 'session commits', 'mcp list'])('is told to who types %s there', (line) => {
    const { status, text } = fromThere(...line.split(' '))
    expect(status).toBe(4)
    expect(text).toContain(`❌ ERROR: The folder that you stand in is gone (${book}/gone)`)
    expect(text).toContain('💡 Go to a folder that is there, or name the workspace by its whole path')
    expect(text).toContain('WORKSPACE_UNAVAILABLE')
  })

  it('is no matter where the workspace is named by its whole path', () => {
    expect(fromThere('session', 'start', 'first', '--workspace', book)).toMatchObject({ status: 0 })
    expect(fromThere('session', 'commits', `--workspace=${book}`)).toMatchObject({ status: 0 })
    expect(fromThere('mcp', '--workspace', book).status).toBe(0)
    expect(fromThere('session', 'status', '--workspace', 'gone').text).toContain('is gone')
  })
})
