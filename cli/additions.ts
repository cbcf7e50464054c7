/** What the shell adds to single operations: questions, raw bytes, standard input. */
import { Option } from 'commander'
import type { Operation } from '../lib/operations/operation.js'
import type { Result } from './call.js'
import { cancel } from './commands/cancel.js'
import { commit } from './commands/commit.js'
import { doctor } from './commands/doctor.js'
import { type Handler, runAndAnswer } from './commands/handler.js'
import { readFile } from './commands/read.js'
import { writeFile } from './commands/write.js'

export interface Additions {
  /** What help says besides. */
  note?: string
  options: Option[]
  /** Chooses by the command's options as commander has them. */
  handler(options: Result): Handler
}

const additions: Record<string, Additions> = {
  commit_session: {
    note: 'At a terminal it shows the preview and asks, so --force is for scripts.',
    options: [],
    handler: () => commit,
  },
  cancel_session: {
    note: 'At a terminal it asks first.',
    options: [
      new Option('-y, --yes', 'Do not ask at a terminal'),
      new Option('--force', 'The same').hideHelp(),
    ],
    handler: ({ yes, force }) => cancel(yes === true || force === true),
  },
  check_workspace: {
    note: 'It also tries what is set up here: starts the server of each client, runs each hook and makes a view, in a workspace of its own.',
    options: [new Option('--no-live', 'Look at the disk alone: start nothing')],
    handler: ({ live }) => doctor(live !== false),
  },
  read_session_file: {
    note: 'What is printed is the file as it is, byte for byte; the rest stands in --json.',
    options: [],
    handler: () => readFile,
  },
  write_session_file: {
    note: 'Without CONTENT, it takes what standard input holds.',
    options: [new Option('--content <TEXT>', 'The same as CONTENT')],
    handler: ({ content }) => writeFile(content),
  },
}

const none: Additions = { options: [], handler: () => runAndAnswer }

export function additionsFor(operation: Operation): Additions {
  return Object.hasOwn(additions, operation.name) ? (additions[operation.name] ?? none) : none
}
