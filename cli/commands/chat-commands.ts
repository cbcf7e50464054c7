/** Commands on the chats of sessions that are the shell's own. */
import { type Command, Option } from 'commander'
import { addExamples } from '../help.js'
import type { OnPlan } from '../plan.js'
import { secondsOf } from '../seconds.js'
import { commandAt, globalsOf } from '../tree.js'
import { linkTranscript } from './link.js'
import { querySession } from './query.js'

export function addChatCommands(program: Command, onPlan: OnPlan): void {
  addLink(program, onPlan)
  addQuery(program, onPlan)
}

function addLink(program: Command, onPlan: OnPlan): void {
  const command = commandAt(program, ['session', 'link'])
    .summary("Link a chat's transcript to the session by hand")
    .description(
      "Link a chat's transcript to the session: one of Claude Code, Codex or Gemini CLI. It stays where it is, and is " +
        'read when somebody asks. Chats that the hooks of cowrite init tell of are linked by themselves',
    )
    .argument('<FILE>', 'The transcript')
    .action((file: string) => {
      onPlan({ globals: globalsOf(command), run: (call) => linkTranscript(file, call) })
    })
  addExamples(command, [
    'cowrite session link ~/.claude/projects/-home-ann-book/5d2f0c1e.jsonl',
    'cowrite session link chat.jsonl --session chapter-01',
  ])
}

function addQuery(program: Command, onPlan: OnPlan): void {
  const command = commandAt(program, ['session', 'query'])
    .summary('Ask an agent something in a session, without a chat')
    .description(
      "Give a message to an agent that works in the session's view: the command that the config names, by default " +
        'claude -p. Its answer is printed as it comes, then what it changed and what it used; its chat is linked to the session',
    )
    .argument('<NAME>', 'The session')
    .argument('<MESSAGE>', 'What to ask')
    .option('--fork', 'Ask in a fork, which is made for it: the session stays as it is')
    .addOption(
      new Option('--wait <SECONDS>', 'Wait so long for another that runs in the session').argParser(
        secondsOf,
      ),
    )
    .action((name: string, message: string, { fork, wait }) => {
      const options = { fork: fork === true, ...(wait === undefined ? {} : { wait }) }
      onPlan({ globals: globalsOf(command), run: (call) => querySession(name, message, options, call) })
    })
  addExamples(command, [
    'cowrite session query chapter-01 "Which scenes lack the whale?"',
    'cowrite session query chapter-01 "Make the ending darker" --fork --json',
  ])
}
