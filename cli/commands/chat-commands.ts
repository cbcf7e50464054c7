/** Commands on the chats of sessions that are the shell's own. */
import type { Command } from 'commander'
import { addExamples } from '../help.js'
import type { OnPlan } from '../plan.js'
import { commandAt, globalsOf } from '../tree.js'
import { linkTranscript } from './link.js'

export function addChatCommands(program: Command, onPlan: OnPlan): void {
  addLink(program, onPlan)
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
