/** The limits of a session, as the client's own tools meet them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import { type Book, makeBook } from './support/chat.js'

let book: Book
beforeEach(async () => {
  book = makeBook({ 'acts/plan.md': 'Call me Ismael.\n', 'notes.md': 'real\n' })
  const workspace = await openWorkspace(book.root, { chat: book.chat })
  await workspace.start('limited', { allowedPaths: ['acts'], allowedTools: ['Read', 'Write'] })
  await workspace.close()
})
afterEach(() => book.remove())

function decisionOn(tool: string, input: object): [decision: string | undefined, reason: string] {
  const output = book.tell('PreToolUse', { tool_name: tool, tool_input: input })?.hookSpecificOutput
  return [output?.permissionDecision, output?.permissionDecisionReason ?? '']
}

describe('the hooks, in a session with limits', () => {
  it('P3: let the client write what may be written, and nothing else', () => {
    const [, updated] = decisionOn('Write', { file_path: book.at('acts/plan.md'), content: 'x' })
    expect(updated).not.toContain('PATH_PROTECTED')
    const [decision, reason] = decisionOn('Write', { file_path: book.at('notes.md'), content: 'x' })
    expect(decision).toBe('deny')
    expect(reason).toContain("notes.md is outside of what session 'limited' may write: acts.")
    expect(reason).toContain('PATH_PROTECTED')
  })

  it.each(['Edit', 'Bash', 'Grep'])(
    'P3: refuse the tool %s, which is not among those that are allowed',
    async (tool) => {
      const input = { file_path: book.at('acts/plan.md'), command: 'ls', pattern: 'x' }
      const [decision, reason] = decisionOn(tool, input)
      expect(decision).toBe('deny')
      expect(reason).toContain(`${tool} is not among the tools that session 'limited' allows: Read, Write.`)
      await book.within(async (workspace) => {
        const logged = await workspace.records.operations('limited')
        expect(logged).toContainEqual(expect.objectContaining({ operation: tool, outcome: 'UNSUPPORTED' }))
      })
    },
  )
})
