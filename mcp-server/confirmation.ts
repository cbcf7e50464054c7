import { CowriteError, isCowriteError } from '../lib/errors.js'
import { inertFor } from '../lib/render/face.js'
import type { Peer, Reply } from './connection.js'

/** What a person is asked about: the preview of the commit, by its answer's names. */
export interface Preview {
  session: string
  needs_person: boolean
  modified: unknown[]
  created: unknown[]
  deleted: unknown[]
  conflicts: unknown[]
  sensitive: unknown[]
  digest: string
}

export interface Question {
  peer: Peer
  signal: AbortSignal
  /** How long the person has, in milliseconds. */
  timeout: number
  preview: () => Promise<Preview>
}

/**
 * Runs a commit that may want a person's word (T9), and asks for it where it does.
 * `run` is told the digest of what the person agreed to. Throws CANCELLED where nobody said yes, and
 * says why: that somebody said no, or could not be asked, is not the same to whoever reads it.
 */
export async function withPersonsWord<Result>(
  run: (agreed: { digest: string } | null) => Promise<Result>,
  question: Question,
): Promise<Result> {
  try {
    return await run(null)
  } catch (error) {
    if (!isCowriteError(error, 'CANCELLED')) throw error
    const preview = await question.preview()
    if (!preview.needs_person) throw error
    const reply = question.peer.canAsk() ? await ask(preview, question) : 'unable'
    if (reply === 'confirmed') return run({ digest: preview.digest })
    throw refusal(reply, preview.session)
  }
}

function ask(preview: Preview, { peer, signal, timeout }: Question): Promise<Reply> {
  return peer.ask({ message: messageOf(preview), title: 'Commit these changes', timeout, signal })
}

/** Counts, and by name all that a person should not overlook (T8). */
function messageOf({ session, modified, created, deleted, conflicts, sensitive }: Preview): string {
  const inert = inertFor('shell')
  const named = (what: string, items: unknown[], nameOf: (item: never) => string) =>
    items.length === 0 ? [] : [`${what}: ${items.map((item) => inert(nameOf(item as never))).join(', ')}.`]
  const withReason = ({ path, reason }: { path: string; reason: string }) => `${path} (${reason})`
  return [
    `Commit session ${session}? It changes the live files: ${modified.length} modified, ${created.length} created, ${deleted.length} deleted.`,
    ...named('Sensitive', sensitive, withReason),
    ...named('In conflict', conflicts, withReason),
    ...named('Deleted', deleted, (path: string) => path),
  ].join('\n')
}

function refusal(why: Exclude<Reply, 'confirmed'>, session: string): CowriteError {
  const byHand = `cowrite session commit ${session} --force`
  const messages = {
    refused: `Not confirmed, nothing changed. To be asked again, call commit_session again; or in a terminal: ${byHand}`,
    unanswered: `Nobody answered in time, nothing changed. To be asked again, call commit_session again; or in a terminal: ${byHand}`,
    unable: `This workspace wants a person to confirm commits, and this client cannot ask one; nothing changed. In a terminal, the person can: ${byHand}`,
  }
  return new CowriteError('CANCELLED', messages[why], { why })
}
