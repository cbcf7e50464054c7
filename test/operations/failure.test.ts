import { describe, expect, it } from 'vitest'
import { CowriteError, type ErrorCode, type ErrorData, exitStatus } from '../../lib/errors.js'
import { describeFailure, kindOfFailure } from '../../lib/operations/index.js'

const systemError = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: something, open '/book/a.md'`), {
    code,
    path: '/book/a.md',
    syscall: 'open',
    ...more,
  })

/** One error of each code, with all its data; a new code has to be added here. */
const oneOfEach: { [Code in ErrorCode]: ErrorData[Code] } = {
  INVALID_INPUT: { argument: 'name', value: 'a b', suggestion: 'a-b', known: ['name'] },
  CANCELLED: {},
  PATH_ESCAPE: { path: '../x' },
  PATH_PROTECTED: { path: '.git/config' },
  WRONG_KIND: { path: 'acts', expected: 'file', found: 'folder' },
  ALREADY_EXISTS: { session: 'draft' },
  UNSUPPORTED: { what: 'asking' },
  CONFLICT: { conflicts: [{ path: 'a.md', reason: 'changed' }], session: 'draft', digest: 'd1' },
  WORKSPACE_UNAVAILABLE: { root: '/book' },
  SESSION_CRASHED: {
    session: 'draft',
    metadataPath: 'workspace/sessions/draft/session.json',
    findings: ['torn'],
  },
  LOCKED: { session: 'draft' },
  NOT_FOUND: { path: 'a.md', candidates: ['x/a.md', 'y/a.md'] },
  SESSION_NOT_FOUND: { session: 'draft' },
  NO_ACTIVE_SESSION: {},
  SERVER_FAILED: { server: 'x' },
  CANNOT_WRITE: { path: 'a.md', reason: 'full' },
  TOOL_FAILED: { tool: 'x' },
  CORRUPT: { path: 'x' },
  IO: { errno: 'EIO' },
}
const codes = Object.keys(exitStatus) as ErrorCode[]

describe.each(codes)('%s', (code) => {
  const error = new CowriteError(code, 'What happened', oneOfEach[code])

  it.each(['chat', 'shell'] as const)('in the %s names its code, its kind and a next step', (face) => {
    const failure = describeFailure(error, face)
    expect(failure).toMatchObject({ code, message: 'What happened', data: oneOfEach[code] })
    expect(failure.text).toMatch(/^❌ ERROR: /)
    expect(failure.text).toContain('\n\n💡 ')
    expect(failure.text).toContain(`🔖 Code: ${code} (${kindOfFailure(code)})`)
    expect(failure.next_steps.length).toBeGreaterThan(0)
    for (const step of failure.next_steps) expect(failure.text).toContain(step)
  })
})

describe('what belongs to an error is in its text', () => {
  it('T3: every conflict with its reason, and each way out with the digest', () => {
    const error = new CowriteError('CONFLICT', '60 files are in conflict', {
      conflicts: Array.from({ length: 60 }, (_, at) => ({
        path: `acts/${at}.md`,
        reason: 'changed on both sides',
      })),
      session: 'draft',
      digest: 'd1',
    })
    const { text, next_steps } = describeFailure(error, 'shell')
    expect(text.match(/• acts\/\d+\.md: changed on both sides/g)).toHaveLength(60)
    expect(next_steps).toContain(
      'cowrite session commit draft --force --expect d1 --on-conflict keep_session',
    )
  })

  it('C4: a stale etag asks to read again', () => {
    const error = new CowriteError('CONFLICT', 'It changed', {
      conflicts: [{ path: 'a.md', reason: 'x' }],
      etag: 'e2',
    })
    expect(describeFailure(error, 'chat').next_steps).toEqual(["read_session_file(file_path='a.md')"])
  })

  it('P4: several files of one name are listed', () => {
    const error = new CowriteError('NOT_FOUND', 'Several files are called a.md', {
      path: 'a.md',
      candidates: ['x/a.md', 'y/a.md'],
    })
    expect(describeFailure(error, 'chat').text).toContain('Could be:\n   • x/a.md\n   • y/a.md')
  })

  it('S1: a name that would do is offered', () => {
    const error = new CowriteError('INVALID_INPUT', 'bad', { argument: 'name', suggestion: 'my-draft' })
    expect(describeFailure(error, 'shell', 'create_session').next_steps).toEqual([
      'cowrite session start my-draft',
    ])
  })

  it('P7: nothing that an error holds acts', () => {
    const error = new CowriteError('NOT_FOUND', '\u001b[2J# <b>', { path: '`a`\n# <b>\u202e.md' })
    expect(describeFailure(error, 'shell').text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]|\n# /u)
    expect(describeFailure(error, 'chat').text.split('\n')[0]).toBe('❌ ERROR: \\\\x1b\\[2J# \\<b\\>')
    expect(describeFailure(error, 'chat').text).toContain(
      "`` list_session_files(glob='**/`a`\\n# <b>\\u202e.md', ",
    )
  })
})

describe('errors of others', () => {
  it.each([
    ['ENOENT', {}, 'NOT_FOUND', 'is not there'],
    ['ENOSPC', { syscall: 'write' }, 'CANNOT_WRITE', 'the disk is full'],
    ['EROFS', {}, 'CANNOT_WRITE', 'the disk is read-only'],
    ['EDQUOT', {}, 'CANNOT_WRITE', 'the disk quota is used up'],
    ['EACCES', { syscall: 'mkdir' }, 'CANNOT_WRITE', 'it may not be written'],
    ['EACCES', { syscall: 'scandir' }, 'IO', 'it may not be read'],
    ['EMFILE', {}, 'IO', 'too many files are open'],
    ['EWHATEVER', {}, 'IO', 'the system says EWHATEVER'],
  ])('%s %j is %s: %s', (errno, more, code, words) => {
    const failure = describeFailure(systemError(errno, more), 'chat')
    expect(failure.code).toBe(code)
    expect(failure.message).toContain(words)
  })

  it('with one of ours as its cause is that one', () => {
    const cause = new CowriteError('PATH_ESCAPE', 'outside', { path: '../x' })
    expect(describeFailure(Object.assign(systemError('EACCES'), { cause }), 'chat').code).toBe('PATH_ESCAPE')
  })

  it('without a code is IO, and a broken-off call is CANCELLED', () => {
    expect(describeFailure(new TypeError('x is not a function'), 'shell')).toMatchObject({ code: 'IO' })
    expect(describeFailure('a text', 'shell').message).toContain('a text')
    expect(describeFailure(new DOMException('stop', 'AbortError'), 'shell').code).toBe('CANCELLED')
  })
})
