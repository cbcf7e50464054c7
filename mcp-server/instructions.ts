import type { Group } from '../lib/operations/operation.js'

/** What a model is told at the start of a chat; every chat pays for its length. */
export function instructionsFor(groups: readonly Group[]): string {
  return `cowrite gives a chat a session: a private copy-on-write layer over the workspace. Inside it every file reads as if the whole folder were there; a file is copied when it is first written; the live files change only at commit.

${groups.includes('files') ? withFileTools : withoutFileTools}
- \`/session start|list|status|switch|commit|cancel\` and \`/retry FILE REASON\` name the tools. Pass their answers on to the user as they are.
- commit_session without force only previews. Show the preview, and call it with force: true only when the user has said so. undo_commit puts a commit back. cancel_session discards the changes: only on the user's word.
- When the user rejects a text you wrote ("too much exposition, redo it"), call record_human_retry with auto_detected: true before you write it again, and heed the reasons that list_retries gives.
- An error names its code and the next call to make. Someone else's conflict or confirmation is the user's to decide, not yours.`
}

const withFileTools =
  '- While a session is active (get_active_session), read and write workspace files with read_session_file, write_session_file, edit_session_file, move_session_file and delete_session_file. Other tools would write past the session.'

/** The client's own are led into the session, by hooks or by a view; a server may have been set up so by hand. */
const withoutFileTools =
  '- While a session is active (get_active_session), the real files stay as they are. Where your own tools for files and commands are led into the session, they say so; else, and where one is refused, read and write the copies in the folder that get_active_session names, each at its own path.'
