/** What a person's terminal gets to see of anybody's text. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { jsonForTerminal } from '../../lib/render/at-terminal.js'
import { actsOnTerminal } from '../security/support/judge.js'
import { anyText } from '../support/any-text.js'
import { run } from './fake-io.js'
import { realRooms as rooms } from './real-rooms.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'cowrite-terminal-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('at a terminal', () => {
  it('P7: a file that is read does not act, and comes byte for byte into a pipe', async () => {
    const content = `a\u001b]52;c;UFdO\u0007b\u009b31m\u202e\n\tc\r\n${'é'.repeat(200_000)}\n`
    writeFileSync(join(root, 'acting.md'), content)
    const workspace = await openWorkspace(root)
    await workspace.start('work')
    await workspace.close()
    for (const words of [
      ['file', 'read', 'acting.md'],
      ['file', 'read', 'acting.md', '--limit', '2'],
    ]) {
      const seen = await run(words, { rooms, cwd: root, terminal: true })
      expect(actsOnTerminal(seen.stdout)).toBe(null)
      expect(seen.stdout).toContain('a\\x1b]52;c;UFdO\\x07b\\x9b31m\\u202e\n\tc\n')
    }
    const piped = await run(['file', 'read', 'acting.md'], { rooms, cwd: root })
    expect(piped.bytes.toString()).toBe(content)
  })

  it('P7: JSON means what it meant, and does not act', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), anyText(), (value, text) => {
        const told = { value, text, acting: '\u009b\u202e\u{e0041}\u2028\u007f' }
        const json = jsonForTerminal(told)
        expect(actsOnTerminal(json)).toBe(null)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(told)))
      }),
      { numRuns: 50 },
    )
  })
})
