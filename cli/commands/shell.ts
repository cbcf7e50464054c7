/** The commands that are the shell's own. */
import type { Command } from 'commander'
import { Option } from 'commander'
import { clientNames } from '../../clients/names.js'
import { addExamples } from '../help.js'
import { HelpWanted, type OnPlan } from '../plan.js'
import { secondsOf } from '../seconds.js'
import { globalsOf } from '../tree.js'
import { addChatCommands } from './chat-commands.js'
import { complete, completionScript, shells } from './completion.js'
import { init } from './init.js'
import { addMcp } from './mcp-commands.js'
import { runInView } from './run.js'
import { view } from './view.js'

export function addShellCommands(program: Command, onPlan: OnPlan): void {
  addInit(program, onPlan)
  addChatCommands(program, onPlan)
  addMcp(program, onPlan)
  addRun(program, onPlan)
  addView(program, onPlan)
  addCompletion(program, onPlan)
  addHelp(program)
}

function addInit(program: Command, onPlan: OnPlan): void {
  const command = program
    .command('init')
    .description('Make a folder a workspace, and set agent clients up to use it')
    .addOption(
      new Option('--client <NAME...>', 'Set these up, whether they are found here or not').choices(
        clientNames,
      ),
    )
    .addOption(
      new Option('--state-folder <NAME>', 'Where sessions are kept').choices(['workspace', '.cowrite']),
    )
    .option('-y, --yes', 'Do not ask at a terminal; away from one, write what is else only shown')
    .option('--remove', 'Take away again what was written for clients, and nothing else')
    .action(({ client, stateFolder, yes, remove }) => {
      const options = { stateFolder, clients: client ?? [], yes: yes === true, remove: remove === true }
      onPlan({ globals: globalsOf(command), run: (call) => init(options, call) })
    })
  addExamples(command, [
    'cowrite init',
    'cowrite init --client claude-code codex --yes',
    'cowrite init --remove',
  ])
}

function addRun(program: Command, onPlan: OnPlan): void {
  const command = program
    .command('run')
    .summary('Run a program in the session: what it changes is in there when it ends')
    .description(
      "Run a program in the session: it finds the session's files at the workspace's own path, and what it changes " +
        'there is in the session when it ends; at a terminal, a last line on standard error says how much that is. The ' +
        "exit status is the program's own; what could not be brought in, such as a change of what is protected, is told " +
        'on standard error. With --json, standard output is one document of all that, as `left_out` and `changes`, and ' +
        'what the program prints goes to standard error. No sandbox: outside of the workspace it can do what you can',
    )
    .argument('<COMMAND>', 'The program')
    .argument('[ARGS...]', 'What it is given')
    .addOption(
      new Option('--wait <SECONDS>', 'Wait so long for another that runs in the session').argParser(
        secondsOf,
      ),
    )
    .passThroughOptions()
    .action((name: string, args: string[], { wait }) => {
      onPlan({ globals: globalsOf(command), run: (call) => runInView(name, args, { wait }, call) })
    })
  addExamples(command, ['cowrite run -- npm test', 'cowrite run --session my-draft -- bash'])
}

function addView(program: Command, onPlan: OnPlan): void {
  const command = program
    .command('view')
    .summary('Show a session as a folder, for programs of every kind; or list such views')
    .description(
      'Show a session as a folder that any program can work in, until it is closed. Where fuse-overlayfs is installed ' +
        'it is a mount, else a copy, which takes as long as it takes to copy the workspace. What is done there is in ' +
        'the session when somebody looks at it, and when the view is closed. Without NAME, the views that stand',
    )
    .argument('[NAME]', 'The session')
    .option('--sync', 'Bring in now what was done there, and show there what the session has by now')
    .option('--close', 'The same, and then the folder is gone')
    .addOption(
      new Option('--provider <HOW>', 'How it is made')
        .choices(['fuse-overlay', 'copy'])
        .conflicts(['sync', 'close']),
    )
    .addOption(
      new Option(
        '--place <DIR>',
        'The folder in which it stands: an empty one, one with views alone, or a new one in a folder that is there',
      ).conflicts(['sync', 'close']),
    )
    .action((name: string | undefined, { sync, close, provider, place }) => {
      const words = { sync: sync === true, close: close === true, provider, place }
      onPlan({
        globals: globalsOf(command),
        run: (call) => view({ ...words, ...(name === undefined ? {} : { name }) }, call),
      })
    })
  addExamples(command, ['cd "$(cowrite view my-draft)"', 'cowrite view --close my-draft', 'cowrite view'])
}

function addCompletion(program: Command, onPlan: OnPlan): void {
  const command = program
    .command('completion')
    .description('Print a script that completes commands, options and names of sessions')
    .argument('<SHELL>', `One of ${shells.join(', ')}`)
    .action((shell: string) => {
      onPlan({ globals: globalsOf(command), run: (call) => completionScript(shell, call) })
    })
  addExamples(command, [
    'source <(cowrite completion bash)',
    'source <(cowrite completion zsh)',
    'cowrite completion fish > ~/.config/fish/completions/cowrite.fish',
  ])

  const hidden = program
    .command('__complete', { hidden: true })
    .argument('[WORDS...]')
    .action((words: string[]) => {
      onPlan({ globals: globalsOf(hidden), run: (call) => complete(words, program, call) })
    })
}

function addHelp(program: Command): void {
  const command = program
    .command('help')
    .description('Show how a command goes')
    .argument('[COMMAND...]')
    .action((words: string[]) => {
      throw new HelpWanted(words)
    })
  addExamples(command, ['cowrite help session commit'])
}
