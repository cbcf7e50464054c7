/** What the shell adds to single operations: questions, raw bytes, standard input. */
import { Option } from 'commander'
import type { Operation } from '../lib/operations/operation.js'
import type { Result } from './call.js'
import { cancel } from './commands/cancel.js'
import { commit } from './commands/commit.js'
import { doctor } from './commands/doctor.js'
import { type Handler, runAndAnswer } from './commands/handler.js'
import { list } from './commands/list.js'
import { merge } from './commands/merge.js'
import { readFile } from './commands/read.js'
import { exportTo, prune, remove, stats } from './commands/records.js'
import { writeFile } from './commands/write.js'

export interface Additions {
  /** What help says besides. */
  note?: string
  options: Option[]
  /** Another word for the command, which help does not teach. */
  alias?: string
  /** Chooses by the command's options as commander has them. */
  handler(options: Result): Handler
}

const shortForce = new Option('-f', 'The same as --force').hideHelp()

const additions: Record<string, Additions> = {
  commit_session: {
    note: 'At a terminal it shows the preview and asks, so --force is for scripts.',
    options: [],
    handler: () => commit,
  },
  list_sessions: {
    options: [
      new Option('-t, --thread <AGENT>', 'The same as --agent').hideHelp(),
      new Option('--page <N>', 'Which page').hideHelp(),
      new Option('--page-size <N>', 'The same as --limit').hideHelp(),
    ],
    handler: (options) => list(options),
  },
  cancel_session: {
    note: 'At a terminal it asks first.',
    alias: 'terminate',
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
  merge_sessions: {
    note: 'At a terminal it shows the preview and asks, so --force is for scripts. `merge A into B` is understood, too.',
    options: [],
    handler: () => merge,
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
  session_stats: {
    options: [
      new Option('--format <FORMAT>', 'How the figures are printed').choices(['table', 'json', 'csv']),
      new Option('--by-thread', 'The same as --by-agent').hideHelp(),
    ],
    handler: ({ format, byThread }) => stats(format, byThread === true),
  },
  export_session: {
    note: 'Without --output, the document is printed. A file that is there is replaced with --force only. In CSV, the cell `paths` is a JSON array.',
    options: [
      new Option('-o, --output <FILE>', 'The file to write'),
      new Option('--force', 'Replace the file if it is there'),
    ],
    handler: ({ output, force }) => exportTo(output, force === true),
  },
  delete_session: {
    note: 'At a terminal it asks first; --force does not, and is needed away from one.',
    options: [new Option('-y, --yes', 'The same as --force').hideHelp(), shortForce],
    handler: ({ yes, f }) => remove(yes === true || f === true),
  },
  prune_sessions: {
    note: 'At a terminal it shows what would go, and asks; away from one nothing goes without --force.',
    options: [
      new Option('-t, --thread <AGENT>', 'The same as --agent').hideHelp(),
      new Option('-y, --yes', 'The same as --force').hideHelp(),
      shortForce,
    ],
    handler: ({ thread, yes, f }) => prune(thread, yes === true || f === true),
  },
}

const none: Additions = { options: [], handler: () => runAndAnswer }

export function additionsFor(operation: Operation): Additions {
  return Object.hasOwn(additions, operation.name) ? (additions[operation.name] ?? none) : none
}
