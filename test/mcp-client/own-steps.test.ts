/** An error of our own server says what to type in the shell that called it. */
import { expect, it } from 'vitest'
import { ownSteps } from '../../mcp-client/own-steps.js'

const failed = (error: unknown) => ({ content: [], isError: true, structuredContent: { error } })
const notFound = failed({
  code: 'SESSION_NOT_FOUND',
  data: { session: 'nowhere' },
  next_steps: ['/session list'],
})

it('spells the next steps for a shell, and nothing in them acts there', () => {
  expect(ownSteps('cowrite', 'switch_session', { name: 'nowhere' }, notFound)).toEqual([
    'Available sessions: cowrite session list',
  ])
  const conflict = failed({
    code: 'CONFLICT',
    data: { conflicts: [{ path: 'a $(id).md', reason: 'b' }], etag: 'x' },
  })
  const steps = ownSteps('cowrite', 'write_session_file', { file_path: 'a $(id).md' }, conflict)
  expect(steps.join('\n')).toContain(`cowrite file read 'a $(id).md'`)
})

it('says nothing of another server, even if it bears our name', () => {
  expect(ownSteps('other', 'switch_session', {}, notFound)).toEqual([])
  expect(ownSteps('cowrite', 'query', {}, notFound)).toEqual([])
  for (const data of [null, 7, { conflicts: 7 }, { conflicts: null }])
    expect(ownSteps('cowrite', 'commit_session', {}, failed({ code: 'CONFLICT', data }))).toEqual([])
  for (const error of [undefined, 7, { code: 'toString' }, { code: 7 }])
    expect(ownSteps('cowrite', 'commit_session', {}, failed(error))).toEqual([])
})
