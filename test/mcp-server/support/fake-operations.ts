import * as z from 'zod'
import { CowriteError } from '../../../lib/errors.js'
import { type Operation, operation } from '../../../lib/operations/operation.js'

/** What a list of real operations has, in small: enough to see what the server does with it. */
export function fakeOperations(log: string[] = []): Operation[] {
  return [
    operation({
      name: 'list_sessions',
      group: 'session',
      title: 'List sessions',
      summary: 'Lists sessions',
      kind: 'read',
      idempotent: true,
      input: z.strictObject({}),
      output: z.strictObject({ sessions: z.array(z.string()), count: z.number() }),
      commandLine: { usage: 'session list', examples: [] },
      chat: '/session list',
      async run({ workspace }) {
        const { sessions, count } = await workspace.list()
        return { sessions: sessions.map((session) => session.name), count }
      },
      render: ({ count }, face) => `📋 SESSIONS (${count} total) [${face}]`,
    }),
    operation({
      name: 'get_active_session',
      group: 'session',
      title: 'Status',
      summary: 'Shows a session',
      kind: 'read',
      idempotent: true,
      input: z.strictObject({ session: z.string().optional() }),
      output: z.strictObject({ name: z.string(), description: z.string() }),
      commandLine: { usage: 'session status', examples: [] },
      chat: '/session status',
      async run({ session }, input) {
        const { name, description } = await session(input.session)
        return { name, description }
      },
      render: ({ name }) => `📂 ACTIVE SESSION: ${name}`,
    }),
    operation({
      name: 'create_session',
      group: 'session',
      title: 'Start',
      summary: 'Starts a session',
      kind: 'write',
      idempotent: false,
      input: z.strictObject({
        name: z.string().optional(),
        description: z.string().optional(),
        idempotent: z.boolean().optional(),
      }),
      output: z.strictObject({ session_id: z.string() }),
      commandLine: { usage: 'session start [name] [description]', examples: [] },
      chat: '/session start <name>',
      async run({ workspace }, input) {
        return { session_id: (await workspace.start(input.name)).name }
      },
      render: ({ session_id }) => `✅ SESSION CREATED: ${session_id}`,
    }),
    operation({
      name: 'commit_session',
      group: 'session',
      title: 'Commit',
      summary: 'Commits',
      kind: 'destructive',
      idempotent: false,
      input: z.strictObject({
        name: z.string().optional(),
        force: z.boolean().default(false),
        files: z.array(z.string()).optional(),
        expect: z.string().optional(),
      }),
      output: z.looseObject({ session: z.string(), committed: z.boolean() }),
      commandLine: { usage: 'session commit [name]', examples: [] },
      chat: '/session commit',
      async run({ session, confirmedByPerson, onProgress }, input) {
        const { name, preview } = await session(input.name)
        if (!input.force) {
          const { needsPerson, digest } = await preview()
          const counts = {
            modified: ['a.md', 'b.md'],
            created: ['c.md'],
            deleted: [],
            conflicts: [],
            sensitive: [],
          }
          return { session: name, committed: false, ...counts, needs_person: needsPerson, digest }
        }
        const { needsPerson } = await preview()
        if (needsPerson && !confirmedByPerson)
          throw new CowriteError('CANCELLED', 'A person must confirm', {})
        for (let done = 0; done <= 4; done++) onProgress?.(done, 4, 'copying')
        log.push(`committed ${name} ${input.expect ?? ''}`)
        return { session: name, committed: true }
      },
      render: ({ committed }) => (committed ? '✅ SESSION COMMITTED' : '⚠️ COMMIT SESSION'),
    }),
    operation({
      name: 'record_human_retry',
      group: 'session',
      title: 'Retry',
      summary: 'Records a rejection',
      kind: 'write',
      idempotent: false,
      input: z.strictObject({
        file_path: z.string(),
        reason: z.string(),
        auto_detected: z.boolean().default(false),
      }),
      output: z.strictObject({ retry: z.number() }),
      commandLine: { usage: 'retry FILE REASON', examples: [] },
      chat: '/retry <file> <reason>',
      run: async () => ({ retry: 1 }),
      render: () => '✅ HUMAN RETRY RECORDED',
    }),
    operation({
      name: 'cancel_session',
      group: 'session',
      title: 'Cancel',
      summary: 'Discards',
      kind: 'destructive',
      idempotent: false,
      input: z.strictObject({ name: z.string().optional(), backup_retries: z.boolean().default(true) }),
      output: z.strictObject({ cancelled: z.boolean() }),
      commandLine: {
        usage: 'session cancel [name]',
        flags: { backup_retries: '--no-backup-retries' },
        examples: [],
      },
      chat: '/session cancel',
      run: async () => ({ cancelled: true }),
      render: () => '🛑 SESSION CANCELLED',
    }),
    operation({
      name: 'read_session_file',
      group: 'files',
      title: 'Read',
      summary: 'Reads a file',
      kind: 'read',
      idempotent: true,
      input: z.strictObject({ file_path: z.string() }),
      output: z.strictObject({ file_path: z.string(), content: z.string(), etag: z.string() }),
      commandLine: { usage: 'file read <file_path>', examples: [] },
      chat: '',
      run: async (_context, { file_path }) => ({ file_path, content: 'Call me Ishmael.', etag: 'e1' }),
      render: ({ content }) => content,
    }),
    operation({
      name: 'search_session_text',
      group: 'files',
      title: 'Search',
      summary: 'Takes until it is told to stop',
      kind: 'read',
      idempotent: true,
      input: z.strictObject({ query: z.string() }),
      output: z.strictObject({ total: z.number() }),
      commandLine: { usage: 'file search <query>', examples: [] },
      chat: '',
      run: ({ signal }, { query }) =>
        new Promise((resolve, reject) => {
          log.push(`searching ${query}`)
          if (query === 'short') setTimeout(() => resolve({ total: 1 }), 50)
          signal?.addEventListener('abort', () => {
            log.push(`stopped ${query}`)
            reject(new CowriteError('CANCELLED', 'Stopped', {}))
          })
        }),
      render: ({ total }) => `${total} matches`,
    }),
    operation({
      name: 'list_session_files',
      group: 'files',
      title: 'Fail',
      summary: 'Fails as it is told to',
      kind: 'read',
      idempotent: true,
      input: z.strictObject({ folder: z.string() }),
      output: z.strictObject({ total: z.number() }),
      commandLine: { usage: 'file ls [folder]', examples: [] },
      chat: '',
      async run(_context, { folder }) {
        if (folder === 'broken') throw new Error('the disk is on fire')
        if (folder === 'gone') throw new CowriteError('NOT_FOUND', 'File not found: gone', { path: 'gone' })
        if (folder === 'taken') throw new CowriteError('CONFLICT', 'Conflict', { conflicts: [] })
        return { total: 0 }
      },
      render: ({ total }) => `${total} files`,
    }),
    operation({
      name: 'list_commits',
      group: 'records',
      title: 'Commits',
      summary: 'Lists commits',
      kind: 'read',
      idempotent: true,
      input: z.strictObject({}),
      output: z.strictObject({ commits: z.array(z.string()) }),
      commandLine: { usage: 'session commits', examples: [] },
      chat: '/session commits',
      run: async () => ({ commits: [] }),
      render: () => '0 commits',
    }),
  ] as unknown as Operation[]
}
