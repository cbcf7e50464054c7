import * as z from 'zod'
import { CowriteError } from '../errors.js'
import { renderCreateSession } from '../render/create-session.js'
import { define } from './define.js'
import { given } from './given.js'
import { paths } from './inputs.js'

export const createSession = define('create_session', {
  group: 'session',
  title: 'Start a session',
  summary:
    'Starts a private copy-on-write session over the workspace and makes it active. Files are copied at their first write; the live files change only at commit_session.',
  kind: 'write',
  idempotent: false,
  input: z.strictObject({
    name: z.string().min(1).optional().describe('Letters, digits, - and _; up to 64'),
    description: z.string().default(''),
    idempotent: z
      .boolean()
      .default(false)
      .describe("Resume this agent's session if there is one; then name may be left out"),
    auto_end_stale: z.string().optional().describe('Deactivate sessions not written to for 30m, 7d'),
    agent_id: z.string().min(1).optional(),
    template: z.string().min(1).optional().describe('Template of the config'),
    allowed_paths: paths.optional().describe('Writable paths or globs; else all'),
    read_only_paths: paths.optional().describe('Paths or globs'),
    allowed_tools: paths.optional().describe('Tools for files that it allows; else all'),
    from: z.string().min(1).optional().describe('Session to fork'),
  }),
  examples: [
    'cowrite session start chapter-01 "All scenes of chapter 1"',
    'cowrite session start --idempotent --json',
    'cowrite session start darker-ending --from chapter-01',
  ],
  async run({ workspace }, { name, description, idempotent, ...input }) {
    if (name === undefined && !idempotent) {
      throw new CowriteError(
        'INVALID_INPUT',
        'name is missing: a session needs one, unless idempotent is set',
        {
          argument: 'name',
        },
      )
    }
    const session = await workspace.start(name, {
      description,
      idempotent,
      ...given({
        autoEndStale: input.auto_end_stale,
        agentId: input.agent_id,
        template: input.template,
        from: input.from,
        allowedPaths: input.allowed_paths,
        readOnlyPaths: input.read_only_paths,
        allowedTools: input.allowed_tools,
      }),
    })
    const { previousSession, resumed, staleEnded, recovered, newWorkspace } = session.opening
    const handoff = await workspace.chats.offered({ name: session.name, createdAt: session.createdAt })
    return {
      session_id: session.name,
      path: session.path,
      description: session.description,
      created_at: session.createdAt,
      previous_session: previousSession,
      resumed,
      stale_ended: staleEnded,
      recovered,
      ...(newWorkspace === undefined
        ? {}
        : { new_workspace: newWorkspace, ...given({ within: workspace.folders.within ?? undefined }) }),
      ...(session.parent === null ? {} : { parent: session.parent }),
      ...(session.template === null ? {} : { template: session.template }),
      ...(handoff === null
        ? {}
        : {
            handoff: { session_id: handoff.session, created_at: handoff.createdAt, path: handoff.savedTo },
          }),
    }
  },
  render: (result, face) => renderCreateSession(result, face),
})
