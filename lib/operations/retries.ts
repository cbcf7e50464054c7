import * as z from 'zod'
import type { Retry } from '../api.js'
import { isCowriteError } from '../errors.js'
import { renderRecordHumanRetry } from '../render/record-human-retry.js'
import { renderListRetries, renderRestoreRetry } from '../render/retries.js'
import { decodeText } from '../text/decode.js'
import { unifiedDiff } from '../text/diff.js'
import { isProse, proseDiff } from '../text/prose.js'
import type { SessionApi } from '../workspace-api.js'
import { define } from './define.js'
import { given } from './given.js'
import { filePath, session as sessionInput } from './inputs.js'
import type { Context } from './operation.js'
import { recordHumanRetry as runRecordHumanRetry } from './quick/record-human-retry.js'
import { snakeCased } from './snake-case.js'

export const recordHumanRetry = define('record_human_retry', {
  group: 'session',
  title: 'Record a retry',
  summary:
    'Keeps the present version of a file that the person rejected, with the reason, before it is written anew. Call it when feedback in plain words rejects a file, too (auto_detected=true).',
  kind: 'write',
  idempotent: false,
  input: z.strictObject({
    file_path: z.string().min(1).describe('Path, or a name such as scene-0101.md'),
    reason: z.string().min(1).describe("In the person's words"),
    auto_detected: z.boolean().default(false),
    session: sessionInput,
  }),
  examples: ['cowrite retry scene-0101.md "Too much exposition, needs more action"'],
  run: runRecordHumanRetry,
  render: renderRecordHumanRetry,
})

export const listRetries = define('list_retries', {
  group: 'session',
  title: 'List retries',
  summary:
    'Lists rejected versions with their reasons, archived ones too: read them before regenerating a file. With retry, also its text and what changed since.',
  kind: 'read',
  idempotent: true,
  input: z.strictObject({
    file_path: filePath.optional(),
    retry: z.int().min(1).optional().describe('This one alone'),
    session: sessionInput,
  }),
  examples: ['cowrite retries', 'cowrite retries acts/act-1/scene-0101.md --retry 1'],
  async run(context, { file_path, retry, session: name }) {
    const { workspace } = context
    const found = await workspace.retries(file_path, given({ session: name }))
    const told = ({ sessionId, ...one }: Retry) => ({
      ...snakeCased(one),
      session: sessionId ?? one.session,
      open_at: placeOf(one, workspace.stateFolder),
    })
    if (retry === undefined) return { retries: found.map(told) }

    const wanted = found.filter((one) => one.retry === retry)
    return {
      retries: await Promise.all(
        wanted.map(async (one) => ({ ...told(one), ...(await versionOf(context, one)) })),
      ),
    }
  },
  render: renderListRetries,
})

export const restoreRetry = define('restore_retry', {
  group: 'session',
  title: 'Restore a rejected version',
  summary: "Makes a rejected version the file's present one again, in the session.",
  kind: 'write',
  idempotent: true,
  input: z.strictObject({ file_path: filePath, retry: z.int().min(1), session: sessionInput }),
  examples: ['cowrite restore acts/act-1/scene-0101.md 1'],
  async run(context, { file_path, retry, session: name }) {
    const session = await context.session(name)
    const { filePath: restored, change, etag } = await session.restoreRetry(file_path, retry)
    return { file_path: restored, retry, change, etag }
  },
  render: renderRestoreRetry,
})

function placeOf({ savedTo, archivedIn, session }: Retry, stateFolder: string): string {
  const folder = archivedIn === undefined ? `sessions/${session}` : `retries-archive/${archivedIn}`
  return `${stateFolder}/${folder}/${savedTo}`
}

/** The rejected text and, while its session is open, what became of it; nothing for what is not text. */
async function versionOf(
  context: Context,
  { filePath: path, retry, savedTo, archivedIn, session: name }: Retry,
) {
  if (archivedIn !== undefined) {
    const archived = decodeText(await context.workspace.readArchivedRetry(archivedIn, savedTo))
    return archived === null ? {} : { rejected: archived }
  }
  const session = await context.session(name)
  const rejected = decodeText(await session.readRetry(path, retry))
  if (rejected === null) return {}
  const present = await presentText(session, path)
  const compare = isProse(path) ? proseDiff : unifiedDiff
  return { rejected, changed_since: compare(path, rejected, present).patch }
}

async function presentText(session: SessionApi, path: string): Promise<string | null> {
  try {
    const { content, encoding } = await session.read(path)
    return encoding === 'utf-8' ? content : null
  } catch (error) {
    if (isCowriteError(error, 'NOT_FOUND')) return null
    throw error
  }
}
