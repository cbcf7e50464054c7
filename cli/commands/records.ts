/** What the shell adds to the operations on records: files to write, tables, and questions before anything goes. */
import { randomBytes } from 'node:crypto'
import { link, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CowriteError, errnoOf } from '../../lib/errors.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'
import { statisticsAsCsv } from '../../lib/render/session-stats.js'
import { renderPruneQuestion } from '../../lib/render/taken-away.js'
import type { WorkspaceApi } from '../../lib/workspace-api.js'
import { confirm } from '../ask.js'
import { type Call, type Result, withOperations } from '../call.js'
import { write, writeJson, writeText } from '../output.js'
import { type Handler, runAndAnswer } from './handler.js'

/** `--format` of `session stats`. */
export function stats(format: unknown, byThread: boolean): Handler {
  return (operation, raw, call) => {
    const input = byThread ? { ...raw, by_agent: true } : raw
    if (call.json || format === undefined || format === 'table') return runAndAnswer(operation, input, call)
    return withOperations(call, operation, input, async ({ run }, placed) => {
      const result = await run(operation, placed)
      if (format === 'json') await writeJson(call.io.stdout, result)
      else await writeText(call.io.stdout, statisticsAsCsv(result as Parameters<typeof statisticsAsCsv>[0]))
    })
  }
}

/** `--output` of `session export`. */
export function exportTo(output: unknown, force: boolean): Handler {
  return (operation, raw, call) =>
    withOperations(call, operation, withWholeWord(raw), async ({ run, workspace }, input) => {
      const result = await run(operation, input)
      const content = String(result.content)
      if (output === undefined && call.json) return writeJson(call.io.stdout, result)
      if (output === undefined) {
        const { stdout } = call.io
        return write(stdout, stdout.isTTY === true ? linesForTerminal(content) : content)
      }
      const file = resolve(call.io.cwd, String(output))
      try {
        await refuseState(file, workspace)
        await publish(file, content, force)
      } catch (error) {
        const { noteCall } = await call.io.rooms.operations()
        noteCall(error, operation, input, { output: String(output) })
        throw error
      }
      const { session_id, format } = result
      await call.answer(
        { session_id, format, output: file, size_bytes: Buffer.byteLength(content) },
        `✅ Session ${String(session_id)} exported to ${linesForTerminal(String(output))}`,
      )
    })
}

/** `md` is what people call Markdown, as its files do. */
function withWholeWord(raw: Result): Result {
  return raw.format === 'md' ? { ...raw, format: 'markdown' } : raw
}

/** What cowrite keeps is no place for a document: one of its own files could be meant. */
async function refuseState(file: string, { root, stateFolder }: WorkspaceApi): Promise<void> {
  const folder = await realpath(dirname(file)).catch((error: unknown) => {
    throw cannotWrite(file, error)
  })
  if (!`${folder}/`.startsWith(`${await realpath(root)}/${stateFolder}/`)) return
  throw new CowriteError('PATH_PROTECTED', `${file} is in cowrite's own folder; name a file outside of it.`, {
    path: file,
  })
}

/** The file is there as a whole or not at all, and takes another's place with `force` only. Throws CANNOT_WRITE. */
async function publish(file: string, content: string, force: boolean): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await writeFile(aside, content, { flag: 'wx' })
    if (force) await rename(aside, file)
    else if (await isFolder(file)) throw Object.assign(new Error(file), { code: 'EISDIR' })
    else {
      await link(aside, file)
      await rm(aside)
    }
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {})
    throw cannotWrite(file, error)
  }
}

async function isFolder(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false, // It is not there, or the link that follows tells why not.
  )
}

function cannotWrite(file: string, error: unknown): Error {
  const reason = errnoOf(error)
  if (reason === undefined) return error as Error
  return new CowriteError(
    'CANNOT_WRITE',
    `${file} cannot be written: ${reasons[reason] ?? reason}`,
    { path: file, reason },
    { cause: error },
  )
}

const reasons: Record<string, string> = {
  EEXIST: 'it is there already (--force replaces it)',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
}

/** `agreed` is --yes. */
export function remove(agreed: boolean): Handler {
  return (operation, raw, call) =>
    withOperations(call, operation, raw, async ({ run }, input) => {
      if (!agreed && input.force !== true) {
        const preview = await run(operation, { ...input, force: false })
        const [told = ''] = operation.render(preview, 'shell').split('\n\n💡')
        await agree(call, told, 'Continue?', preview)
      }
      const result = await run(operation, { ...input, force: true })
      await call.answer(result, operation.render(result, 'shell'))
    })
}

type Pruning = Parameters<typeof renderPruneQuestion>[0]

export function prune(thread: unknown, agreed: boolean): Handler {
  return (operation, raw, call) =>
    withOperations(
      call,
      operation,
      thread === undefined ? raw : { agent_id: thread, ...raw },
      async ({ run }, input) => {
        const isForced = agreed || input.force === true
        const looksOnly = input.dry_run === true || (!isForced && !call.asks)
        const preview = isForced && !looksOnly ? null : await run(operation, { ...input, force: false })
        if (preview !== null && (looksOnly || nothingIn(preview)))
          return call.answer(preview, operation.render(preview, 'shell'))
        if (preview !== null) {
          const sessions = preview.sessions as unknown[]
          const several = sessions.length === 1 ? '1 session' : `${sessions.length} sessions`
          await writeText(call.io.stdout, renderPruneQuestion(preview as Pruning, 'shell'))
          await agree(call, `⚠️ This will permanently delete ${several}.`, 'Continue?', preview)
        }
        const result = await run(operation, { ...input, force: true })
        await call.answer(result, operation.render(result, 'shell'))
      },
    )
}

function nothingIn(preview: Result): boolean {
  return Array.isArray(preview.sessions) && preview.sessions.length === 0
}

/** Throws CANCELLED for a no, and where nobody can be asked. */
async function agree(call: Call, told: string, question: string, preview: Result): Promise<void> {
  if (!call.asks) {
    if (!call.json) await writeText(call.io.stdout, told)
    const message = 'Nobody can be asked here, nothing changed: --force does it'
    throw new CowriteError('CANCELLED', message, { why: 'unable', preview })
  }
  await writeText(call.io.stdout, `\n${told}\n`)
  if (!(await confirm(call.io, question))) {
    throw new CowriteError('CANCELLED', 'Not confirmed, nothing changed', {})
  }
}
