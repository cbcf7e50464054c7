/** How a chat and the command line spell each operation: the one table that every next step is spelled from. */
export interface Spelling {
  /** A slash command, or, where chats have none, the tool's own name. */
  chat: string
  /** The words after `cowrite`, then the inputs that stand without a flag. */
  usage: string
  /** Inputs whose flag is not `--kebab-case-of-the-input`; one that begins with `--no-` says false. */
  flags?: Record<string, string>
}

export const commands = {
  create_session: {
    chat: '/session start <name> [description]',
    usage: 'session start [name] [description]',
  },
  list_sessions: {
    chat: '/session list',
    usage: 'session list',
    flags: { agent_id: '--agent' },
  },
  get_active_session: { chat: '/session status', usage: 'session status' },
  switch_session: { chat: '/session switch <name>', usage: 'session switch <name>' },
  commit_session: {
    chat: '/session commit [name]',
    usage: 'session commit [name]',
    flags: { files: '--file --files' },
  },
  cancel_session: {
    chat: '/session cancel [name]',
    usage: 'session cancel [name]',
    flags: { backup_retries: '--no-backup-retries' },
  },
  record_human_retry: { chat: '/retry <file_path> <reason>', usage: 'retry <file_path> <reason>' },
  diff_session: {
    chat: '/session diff [name] [other]',
    usage: 'session diff [name] [other]',
    flags: { files: '--file --files' },
  },
  undo_commit: {
    chat: '/session undo [commit_id]',
    usage: 'session undo [commit_id]',
    flags: { files: '--file --files' },
  },
  recover_session: { chat: '/session recover [name]', usage: 'session recover [name]' },
  list_retries: { chat: 'list_retries', usage: 'retries [file_path]' },
  restore_retry: { chat: 'restore_retry', usage: 'restore <file_path> <retry>' },
  list_commits: { chat: '/session commits', usage: 'session commits' },
  read_session_file: { chat: 'read_session_file', usage: 'file read <file_path>' },
  write_session_file: { chat: 'write_session_file', usage: 'file write <file_path> [content]' },
  edit_session_file: {
    chat: 'edit_session_file',
    usage: 'file edit <file_path> <old_string> <new_string>',
  },
  delete_session_file: { chat: 'delete_session_file', usage: 'file rm <file_path>' },
  move_session_file: { chat: 'move_session_file', usage: 'file mv <source> <destination>' },
  list_session_files: { chat: 'list_session_files', usage: 'file ls [folder]' },
  search_session_text: { chat: 'search_session_text', usage: 'file search <query>' },
  merge_sessions: {
    chat: '/session merge <source>',
    usage: 'session merge <source>',
    flags: { files: '--file --files' },
  },
  create_checkpoint: { chat: '/session checkpoint [label]', usage: 'session checkpoint [label]' },
  restore_checkpoint: { chat: '/session restore <label>', usage: 'session restore <label>' },
  list_checkpoints: { chat: '/session checkpoints', usage: 'session checkpoints' },
  get_session_messages: { chat: 'get_session_messages', usage: 'session messages [session_id]' },
  search_messages: { chat: 'search_messages', usage: 'session search-messages <query>' },
  create_handoff: { chat: 'create_handoff', usage: 'session handoff [session_id]' },
  get_handoff_context: { chat: 'get_handoff_context', usage: 'session context [session_id]' },
  get_session_commits: { chat: 'get_session_commits', usage: 'session commit-log [session_id]' },
  check_workspace: { chat: 'check_workspace', usage: 'doctor' },
  get_session: { chat: 'get_session', usage: 'session show [session_id]' },
  search_sessions: {
    chat: 'search_sessions',
    usage: 'session search <query>',
    flags: { agent_id: '--agent' },
  },
  session_stats: { chat: 'session_stats', usage: 'session stats' },
  export_session: { chat: 'export_session', usage: 'session export [session_id]' },
  delete_session: { chat: 'delete_session', usage: 'session delete <session_id>' },
  prune_sessions: {
    chat: 'prune_sessions',
    usage: 'session prune',
    flags: { agent_id: '--agent' },
  },
  adopt_changes: {
    chat: 'adopt_changes',
    usage: 'session adopt [name]',
    flags: { files: '--file --files' },
  },
} as const satisfies Record<string, Spelling>

export type OperationName = keyof typeof commands

/** Commands of the program that are no operations, and that an answer may name. */
export const programCommands = ['init', 'mcp', 'run', 'view'] as const
