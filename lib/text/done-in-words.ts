/** What was done, in a person's words: `edit_session_file` is `edited`. What it was done to stands behind it. */
export function doneInWords(operation: string, note?: string): string {
  const said = note === undefined ? undefined : withNote[operation]?.(note)
  if (said !== undefined) return said
  const words = plainly[operation] ?? operation.replaceAll('_', ' ')
  return note === undefined ? words : `${words} (${note})`
}

/** Of an operation as a history has it, such as `run (npm)`. */
export function historyInWords(what: string): string {
  const [, operation = what, note] = /^(\w+)(?: \((.*)\))?$/s.exec(what) ?? []
  return doneInWords(operation, note)
}

/** Whether the first of two paths became the other. */
export function isMove(what: string, paths: readonly unknown[]): boolean {
  return paths.length === 2 && (what === 'moved' || what === 'move_session_file')
}

/** With what it was done to, if that is told. */
export function doneTo(words: string, told: string): string {
  return told === '' ? words.replace(/[,:]$/, '') : `${words} ${told}`
}

const plainly: Readonly<Record<string, string>> = {
  create_session: 'began the session',
  open_session: 'opened the session',
  switch_session: 'switched to the session',
  commit_session: 'committed',
  cancel_session: 'cancelled the session',
  recover_session: 'recovered the session',
  record_human_retry: 'rejected',
  restore_retry: 'brought back a rejected version of',
  write_session_file: 'wrote',
  edit_session_file: 'edited',
  delete_session_file: 'deleted',
  move_session_file: 'moved',
  read_session_file: 'read',
  list_session_files: 'listed files',
  search_session_text: 'searched the text',
  place_to_read: 'read',
  place_to_write: 'opened for writing',
  diff_session: 'looked at the changes',
  merge_sessions: 'merged another session in',
  create_checkpoint: 'kept a checkpoint',
  restore_checkpoint: 'went back to a checkpoint',
  bring_in_view: 'left out of what came from a view',
  undo_commit: 'undid a commit',
  link_transcript: 'linked a chat',
  create_handoff: 'wrote a handoff',
  note_bypass: 'noted a write around the session to',
  leave_bypasses: 'left as they are, written around the session,',
  adopt_bypasses: 'brought in what was written around the session:',
  run: 'ran a command',
}

const withNote: Readonly<Record<string, (note: string) => string | undefined>> = {
  run: (program) => `ran ${program}`,
  undo_commit: (commit) => `undid commit ${commit}`,
  create_session: (note) => (note === 'resumed' ? 'went on with the session' : undefined),
  merge_sessions: (note) => (note === 'preview' ? 'looked at what a merge would do' : undefined),
  commit_session: (note) => {
    if (note === 'preview') return 'looked at what a commit would do'
    if (note === 'markers') return 'put conflict markers into'
    return /^\d+$/.test(note) ? `committed, as ${note},` : undefined
  },
}
