/** Definitions in the shell's words: they are written for models, which call tools and see no flags. */
import type { Operation } from '../lib/operations/operation.js'

/** What definitions leave unsaid, by flag or input. */
const descriptions: Record<string, string> = {
  '--no-backup-retries': 'Do not keep its retries in the archive',
  '--no-words': 'Compare by lines, prose as well',
  '--agent': "Only this agent's sessions",
  '--source': 'Only sessions that were begun from this client, such as codex',
  '--all': 'Committed and cancelled sessions as well',
  status: 'Only these: active, inactive, crashed, committed or cancelled',
  format: 'What it is written as',
  force: 'Do it, where without it there is a preview',
  include_ignored: 'Commit what the workspace ignores as well',
  description: 'What it is for',
  agent_id: 'Whose session it is (default: default)',
  auto_detected: 'The rejection was found in plain words, not given as a command',
  content: 'The content; without it, what standard input holds',
  old_string: 'The text that stands there',
  new_string: 'The text to put in its place',
  replace_all: 'Replace it wherever it stands',
  glob: 'Only paths that match, such as **/*.md',
  recursive: 'Folders within folders as well',
  regex: 'Take QUERY as a regular expression (RE2)',
  query: 'What to look for',
  limit: 'How many at most',
  offset: 'How many to pass over',
  retry: 'Its number',
  files: 'Only this file, from the folder you stand in or from the workspace; may be given more than once',
  name: 'The session',
  source: 'Its path',
  destination: 'Its new path',
}

/** Where the shell has it otherwise than a model does. */
const inShell: Record<string, string> = {
  file_path: 'Its path, from the folder you stand in or from the workspace',
}

/** The description of a flag (`--no-words`) or an input. */
export function describe(spelling: string, input: string, given: string | undefined): string {
  return inShell[input] ?? descriptions[spelling] ?? given ?? descriptions[input] ?? ''
}

/** `force=true` is `--force`, and `undo_commit` is `cowrite session undo`. */
export function inShellWords(text: string, operation: Operation, operations: readonly Operation[]): string {
  const flags = Object.keys(operation.input.shape).map((input): [RegExp, string] => {
    const pattern = input.includes('_') ? `\\b${input}(=true)?\\b` : `\\b${input}=true\\b`
    return [new RegExp(pattern, 'g'), `--${input.replaceAll('_', '-')}`]
  })
  const commands = operations.map(({ name, commandLine }): [RegExp, string] => [
    new RegExp(`\\b${name}\\b`, 'g'),
    `cowrite ${wordsOf(commandLine.usage).join(' ')}`,
  ])
  return [...commands, ...flags].reduce((said, [pattern, word]) => said.replace(pattern, word), text)
}

/** The words that a command begins with. */
export function wordsOf(usage: string): string[] {
  const tokens = usage.trim().split(/\s+/)
  const end = tokens.findIndex((token) => !/^[a-z][a-z-]*$/.test(token))
  return end === -1 ? tokens : tokens.slice(0, end)
}
