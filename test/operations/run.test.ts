import { describe, expect, it } from 'vitest'
import { CowriteError } from '../../lib/errors.js'
import {
  describeFailure,
  findOperation,
  type Operation,
  operations,
  runOperation,
} from '../../lib/operations/index.js'
import { commands } from '../../lib/render/commands.js'
import { fakeContext } from './fake-workspace.js'

/** For each operation, arguments that it accepts; a new one has to be added here. */
const arguments_: Record<string, Record<string, unknown>> = {
  create_session: {
    name: 'draft',
    description: null,
    auto_end_stale: '24h',
    agent_id: 'me',
    from: 'other',
    allowed_paths: ['acts'],
    read_only_paths: ['context'],
    allowed_tools: ['Read'],
  },
  list_sessions: {},
  get_active_session: {},
  switch_session: { name: 'draft' },
  commit_session: { name: null, files: ['acts/one.md'] },
  cancel_session: {},
  record_human_retry: { file_path: 'one.md', reason: 'Still too long', auto_detected: true },
  diff_session: { other: 'other', files: ['acts/one.md'], words: true },
  undo_commit: {},
  recover_session: { name: 'draft' },
  list_retries: { file_path: 'acts/one.md', retry: 1 },
  restore_retry: { file_path: 'acts/one.md', retry: 1 },
  list_commits: {},
  read_session_file: { file_path: 'acts/one.md', limit: 10 },
  write_session_file: { file_path: 'acts/one.md', content: 'text', if_match: 'e0' },
  edit_session_file: { file_path: 'acts/one.md', old_string: 'a', new_string: 'b' },
  delete_session_file: { file_path: 'acts/one.md' },
  move_session_file: { source: 'a.md', destination: 'b.md' },
  list_session_files: {},
  search_session_text: { query: 'whale' },
  merge_sessions: { source: 'other', into: 'draft', force: true, on_conflict: 'keep_source' },
  create_checkpoint: { label: 'good' },
  restore_checkpoint: { label: 'good' },
  list_checkpoints: {},
  get_session_messages: { session_id: 'draft', role: 'user', limit: 5 },
  search_messages: { query: 'whale' },
  create_handoff: { notes: 'The ending is open' },
  get_handoff_context: { session_id: null },
  get_session_commits: { session_id: 'draft', max_commits: 3 },
  check_workspace: { fix: true },
  get_session: { session_id: 'draft', with_history: true },
  search_sessions: { query: 'too long', agent_id: 'default' },
  session_stats: { since: '30d', by_agent: true },
  export_session: { session_id: 'draft', format: 'markdown' },
  delete_session: { session_id: 'draft' },
  prune_sessions: { older_than: '30d', dry_run: true },
  adopt_changes: {},
}

function named(name: string): Operation {
  const operation = findOperation(name)
  if (!operation) throw new Error(`no operation ${name}`)
  return operation
}

describe('the list of operations', () => {
  it('has one entry for each command, in the order of the documentation', () => {
    expect(operations.map(({ name }) => name)).toEqual(Object.keys(commands))
    expect(Object.keys(arguments_)).toEqual(operations.map(({ name }) => name))
  })

  it('the places of each command are inputs that it has', () => {
    for (const { name, commandLine, input } of operations) {
      const places = [...commandLine.usage.matchAll(/[<[](\w+)[>\]]/g)].map(([, place]) => place)
      const known = [...places, ...Object.keys(commandLine.flags ?? {})]
      expect(
        known.filter((one) => !Object.hasOwn(input.shape, one ?? '')),
        name,
      ).toEqual([])
    }
  })

  it.each(operations.map((operation) => [operation.name, operation] as const))(
    '%s answers by its schema, in both faces',
    async (name, operation) => {
      const result = await runOperation(operation, fakeContext(), arguments_[name])
      expect(operation.output.parse(result)).toEqual(result)
      for (const face of ['chat', 'shell'] as const) expect(operation.render(result, face)).not.toBe('')
      expect(JSON.stringify(result)).not.toMatch(
        /"[a-z]+[A-Z][A-Za-z]*":(?!"workspace\/sessions\/draft\/myFolder)/,
      )
    },
  )

  it.each(operations.map((operation) => [operation.name, operation] as const))(
    '%s passes an error on, and its next steps know where it came from',
    async (name, operation) => {
      const failing = new CowriteError('NO_ACTIVE_SESSION', 'none', {})
      const replies = new Proxy({}, { has: () => true, get: () => failing })
      await expect(runOperation(operation, fakeContext(replies), arguments_[name])).rejects.toBe(failing)
      expect(describeFailure(failing, 'chat').next_steps.length).toBeGreaterThan(0)
      expect(describeFailure(failing, 'chat').text.includes('Specify:')).toBe(name === 'cancel_session')
    },
  )
})

describe('what the operations ask of the library', () => {
  const asks = async (name: string, given: object, replies = {}) => {
    const context = fakeContext(replies)
    const result = await runOperation(named(name), context, given)
    return { asked: context.asked, result }
  }

  it('create_session needs a name, unless it may resume', async () => {
    await expect(asks('create_session', {})).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const { asked } = await asks('create_session', { idempotent: true })
    expect(asked[0]).toEqual(['start', undefined, { description: '', idempotent: true }])
  })

  it('T1: commit_session without force only previews', async () => {
    const { asked, result } = await asks('commit_session', { files: ['a.md'], on_conflict: 'keep_session' })
    expect(asked).toEqual([
      ['session', undefined],
      ['preview', { files: ['a.md'], onConflict: 'keep_session' }],
    ])
    expect(result).toMatchObject({
      committed: false,
      modified: ['acts/one.md'],
      created: ['acts/new.md'],
      deleted: ['acts/old.md'],
      moved: [{ from: 'acts/old.md', to: 'acts/new.md' }],
      options: { files: ['a.md'], on_conflict: 'keep_session' },
      open: [
        { path: 'acts/one.md', open_at: 'workspace/sessions/draft/acts/one.md' },
        { path: 'acts/new.md', open_at: 'workspace/sessions/draft/acts/new.md' },
      ],
    })
  })

  it('commit_session with force commits, the files in order, and says whether the lock was its own', async () => {
    const { asked, result } = await asks('commit_session', {
      name: 'draft',
      force: true,
      expect: 'd1',
      include_ignored: true,
    })
    expect(asked.at(-1)).toEqual(['commit', { includeIgnored: true, expect: 'd1' }])
    expect(result).toMatchObject({
      files: ['acts/one.md', 'acts/new.md', 'acts/old.md'],
      deleted: ['acts/old.md'],
      lock_cleared: true,
    })
    const inactive = await asks(
      'commit_session',
      { force: true },
      { list: { sessions: [], count: 0, active: 'other' } },
    )
    expect(inactive.result).toMatchObject({ lock_cleared: false })
  })

  it("T9: a person's word is passed on, and nobody else's", async () => {
    const context = { ...fakeContext(), confirmedByPerson: true }
    await runOperation(named('commit_session'), context, { force: true })
    expect(context.asked.at(-1)).toEqual(['commit', { confirmedByPerson: true }])
    await expect(asks('commit_session', { force: true, confirmed_by_person: true })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  it('T3: markers say which files to open', async () => {
    const commit = { session: 'draft', committed: false, marked: ['acts/one.md'], conflicts: [] }
    const { result } = await asks('commit_session', { force: true, on_conflict: 'markers' }, { commit })
    expect(result).toMatchObject({
      committed: false,
      open: [{ path: 'acts/one.md', open_at: 'workspace/sessions/draft/acts/one.md' }],
    })
    expect(named('commit_session').render(result, 'chat')).toContain('✏️ CONFLICTS MARKED: draft')
  })

  it('a list that was cut says how to go on, asking for the same', async () => {
    const { result } = await asks('list_session_files', {
      folder: 'acts',
      glob: '*.md',
      limit: 1,
      session: 'draft',
    })
    expect(result).toMatchObject({
      next: { folder: 'acts', glob: '*.md', limit: 1, offset: 1, session: 'draft' },
    })
    expect(named('list_session_files').render(result, 'shell')).toContain(
      "💡 2 more: cowrite file ls acts --glob '*.md' --session draft --limit 1 --offset 1",
    )
    expect((await asks('search_session_text', { query: 'whale' })).result).not.toHaveProperty('next')
  })

  it('the keys of folders are data, and stay as they are', async () => {
    const { result } = await asks('get_active_session', {})
    expect(result).toHaveProperty('paths.myFolder')
  })

  it('R1: a retry is named by its place in the workspace', async () => {
    const { result } = await asks('record_human_retry', { file_path: 'one.md', reason: 'x' })
    expect(result).toMatchObject({
      saved_to: 'workspace/sessions/draft/human-retries/one.md-retry-2.md',
      reason_saved_to: 'workspace/sessions/draft/human-retries/one.md-retry-2.md.reason.txt',
    })
  })

  it('R2: one retry comes with its text and what changed since, an archived one with its place', async () => {
    const { result } = await asks('list_retries', { file_path: 'acts/one.md', retry: 1 })
    expect(result).toMatchObject({
      retries: [
        {
          rejected: 'The old text.\n',
          changed_since: expect.stringContaining('The [-old-]{+new+} text.'),
          open_at: 'workspace/sessions/draft/human-retries/one.md-retry-1.md',
        },
      ],
    })
    const archived = await asks('list_retries', { retry: 2 })
    expect(archived.result).toMatchObject({
      retries: [
        {
          open_at:
            'workspace/retries-archive/older-cancelled-20260101-000000/human-retries/one.md-retry-1.md',
        },
      ],
    })
  })

  it('every operation that works in a session takes the one that is named', async () => {
    // The workspace looks for that one among those that have ended, too.
    const { asked: asksForRetries } = await asks('list_retries', { session: 'other' })
    expect(asksForRetries).toContainEqual(['retries', undefined, { session: 'other' }])
    const inOne = operations.filter((one) => 'session' in one.input.shape && one.name !== 'list_retries')
    for (const { name, input } of inOne) {
      const { asked } = await asks(name, { ...arguments_[name], session: 'other' })
      expect(asked, `${name} ${Object.keys(input.shape)}`).toContainEqual(['session', 'other'])
    }
  })
})
