import type { Finding, FindingKind } from '../../doctor-api.js'
import { errnoOf, isCowriteError } from '../../errors.js'
import { tellsOfDamage } from '../../store/damage.js'

type About = Pick<Finding, 'severity' | 'remedy' | 'mendedBy'>

const mended = (severity: Finding['severity'], remedy: string): About => ({
  severity,
  remedy,
  mendedBy: 'fix',
})
const recovered = (remedy: string): About => ({ severity: 'error', remedy, mendedBy: 'recover' })
const byHand = (severity: Finding['severity'], remedy: string): About => ({
  severity,
  remedy,
  mendedBy: 'hand',
})

/** How bad each kind is, and what becomes of it. Nothing that could hold somebody's text is ever deleted. */
const about: Record<FindingKind, About> = {
  newer_format: byHand('error', 'use a newer cowrite; this one touches nothing here'),
  config_invalid: byHand('error', 'correct the file; until then nothing is mended'),
  unreadable: byHand('error', 'see that it can be read'),
  folder_missing: mended('warning', 'it is made again'),
  transaction_unfinished: mended('warning', 'it is finished'),
  transaction_abandoned: mended('warning', 'it is taken back, as if never begun'),
  journal_leftover: mended('info', 'it is removed'),
  staged_leftover: byHand('warning', 'look at it, and remove it if nobody misses it'),
  closing_unfinished: mended('warning', 'its retries go to the archive'),
  trash_unswept: mended('info', 'it is removed'),
  workspace_unfinished: mended('info', 'it is removed'),
  session_unfinished: mended('info', 'it is removed'),
  session_sealed: mended('warning', 'the session takes writes again'),
  record_damaged: recovered('recover the session: what can be read is kept, the rest set aside'),
  metadata_damaged: mended('error', 'it is written anew from the record'),
  metadata_stale: mended('info', 'it is written anew from the record'),
  holder_dead: mended('warning', 'what it was at is finished or taken back, and its note removed'),
  write_pending: mended('warning', 'it is put in its place'),
  temporary_leftover: mended('info', 'it is removed: nobody was told that it was kept'),
  copy_missing: recovered('recover the session: this change is let go, all others are kept'),
  copy_unrecorded: mended('info', 'it is recorded as a change'),
  copy_leftover: mended('info', "it is set aside in the session's .cowrite/damaged"),
  copy_mismatched: byHand('error', 'put it right in the session, or delete the path there'),
  base_missing: byHand('warning', 'if the live file changed too, a commit cannot merge the two, and asks'),
  base_damaged: byHand(
    'warning',
    'it is not used: if the live file changed too, a commit cannot merge, and asks',
  ),
  base_unused: mended('info', 'it is removed: no change refers to it'),
  layer_unused: mended('info', "it is set aside in the session's .cowrite/damaged"),
  checkpoint_damaged: mended(
    'warning',
    "it is set aside in the session's .cowrite/damaged: the session cannot be brought back to it",
  ),
  retry_missing: recovered('recover the session: this retry is let go, all others are kept'),
  reason_missing: mended('warning', 'it is written anew from what is recorded'),
  retry_unrecorded: mended('warning', 'it is set aside in the archive, where it can be read'),
  session_lock_damaged: mended('warning', 'it is written anew and names no session: switch to yours'),
  active_missing: mended('warning', 'no session is active then'),
  binding_stale: mended('info', 'it is taken down'),
  lock_stale: mended('warning', 'it is taken over once it counts as stale, and released'),
  index_stale: mended('info', 'it is made anew from the records'),
  log_damaged: byHand('warning', 'these operations are not told of any more; all others are'),
  log_blocked: byHand('warning', 'put it elsewhere; until then no operation is logged'),
  archive_damaged: mended('warning', 'the list is set aside: names and reasons tell of each retry'),
  archive_incomplete: byHand('warning', 'nothing brings it back; its reason stands in the list'),
  archive_unlisted: mended('info', 'it is set aside in an archive of its own, where it is listed'),
  history_damaged: byHand('warning', 'this commit cannot be undone; what it kept lies there'),
  view_leftover: {
    severity: 'warning',
    remedy: 'it comes in when the session is next worked in, and by recovering it',
    mendedBy: 'recover',
  },
  view_gone: byHand('info', 'nothing: it is forgotten when somebody asks for a view of the session'),
  view_blocked: byHand(
    'error',
    'put back what was there, or remove this; until then the session is not to be worked in',
  ),
  view_ended: byHand(
    'info',
    'close it when nobody is at work there; what was done there comes into a session of its own',
  ),
  history_incomplete: byHand('warning', 'this commit cannot be undone whole; what it kept lies there'),
}

export function found(
  kind: FindingKind,
  path: string,
  detail: string,
  more: Partial<Omit<Finding, 'kind' | 'path' | 'detail'>> = {},
): Finding {
  return { kind, path, ...about[kind], detail, fixed: false, ...more }
}

/** By which two looks know that they found the same. */
export function keyOf({ kind, path, session = '' }: Finding): string {
  return `${kind} ${session} ${path}`
}

/** Runs one part of a look: what cannot be looked at is a finding of its own, and keeps nobody from the rest. */
export async function looking(
  path: string,
  look: () => Finding[] | Promise<Finding[]>,
  session?: string,
): Promise<Finding[]> {
  const of = session === undefined ? {} : { session }
  try {
    return await look()
  } catch (error) {
    if (isCowriteError(error, 'WORKSPACE_UNAVAILABLE'))
      return [found('newer_format', path, error.message, of)]
    if (!tellsOfDamage(error) && errnoOf(error) === undefined) throw error
    return [found('unreadable', path, `it cannot be looked at (${messageOf(error)})`, of)]
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
