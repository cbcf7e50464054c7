/** `cowrite mcp`: the server of this program, and commands that look at others. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { clientNames } from '../../clients/names.js'
import { addExamples } from '../help.js'
import type { OnPlan } from '../plan.js'
import { globalsOf } from '../tree.js'
import { serveMcp } from './mcp.js'
import { callTool, listServers, listTools, testServer } from './mcp-servers.js'

export function addMcp(program: Command, onPlan: OnPlan): void {
  const mcp = program
    .command('mcp')
    .summary('Serve the sessions to an agent; list, test and call other MCP servers')
    .description(
      'Serve the sessions to an agent: an MCP server on stdio. With one of the commands, look at the servers that the ' +
        'settings of agent clients name, those of this folder and your own',
    )
    .option('--tools <GROUPS>', 'Which tools it has: session, files, records, with commas between')
    .addOption(new Option('--results <HOW>', 'What answers are made of').choices(['auto', 'text', 'both']))
    .action(({ tools, results }) => {
      onPlan({ globals: globalsOf(mcp), run: (call) => serveMcp({ tools, results }, call) })
    })
  addExamples(mcp, [
    'cowrite mcp',
    'cowrite mcp --workspace ~/book --tools session,files',
    'cowrite mcp list',
  ])
  addList(mcp, onPlan)
  addTest(mcp, onPlan)
  addTools(mcp, onPlan)
  addCall(mcp, onPlan)
}

function addList(mcp: Command, onPlan: OnPlan): void {
  const command = mcp
    .command('list')
    .summary('List the MCP servers that are configured')
    .description(
      'List the MCP servers that the settings of agent clients name. None is started, unless --check is there',
    )
    .option('--check', 'Start each of them, and ask it for its tools')
    .action(({ client, timeout, check }) => {
      const options = { client, timeout, check: check === true }
      onPlan({ globals: globalsOf(command), run: (call) => listServers(options, call) })
    })
  addLimits(command, '10s')
  addExamples(command, ['cowrite mcp list', 'cowrite mcp list --check'])
}

function addTest(mcp: Command, onPlan: OnPlan): void {
  const command = mcp
    .command('test')
    .summary('Start an MCP server, and see whether it answers')
    .description('Start an MCP server, see whether it answers and which tools it has, and end it again')
    .argument('<SERVER>', 'Its name in the settings')
    .action((name: string, options) => {
      onPlan({ globals: globalsOf(command), run: (call) => testServer(name, options, call) })
    })
  addLimits(command)
  addExamples(command, ['cowrite mcp test github', 'cowrite mcp test github --timeout 2m'])
}

function addTools(mcp: Command, onPlan: OnPlan): void {
  const command = mcp
    .command('tools')
    .summary("List an MCP server's tools, and what they take")
    .description("List an MCP server's tools, with what each of them takes and gives")
    .argument('<SERVER>', 'Its name in the settings')
    .option('--filter <PATTERN>', 'Only tools of such a name: *query*, or a part of it')
    .action((name: string, options) => {
      onPlan({ globals: globalsOf(command), run: (call) => listTools(name, options, call) })
    })
  addLimits(command)
  addExamples(command, ['cowrite mcp tools github', "cowrite mcp tools github --filter '*issue*'"])
}

function addCall(mcp: Command, onPlan: OnPlan): void {
  const command = mcp
    .command('call')
    .summary('Call one tool of an MCP server')
    .description('Call one tool of an MCP server. What it does, it does: nothing of it is kept in a session')
    .argument('<SERVER>', 'Its name in the settings')
    .argument('<TOOL>', 'The tool')
    .option(
      '--arg <KEY=VALUE>',
      'An argument; as often as there are any',
      (typed: string, before: string[]) => [...before, typed],
      [],
    )
    .option('--input <FILE>', 'A JSON file with the arguments, or - for standard input')
    .action((name: string, tool: string, options) => {
      onPlan({ globals: globalsOf(command), run: (call) => callTool(name, tool, options, call) })
    })
  addLimits(command)
  addExamples(command, [
    'cowrite mcp call github search_issues --arg query="is:open" --arg limit=10',
    'cowrite mcp call github search_issues --input args.json --timeout 2m',
  ])
}

function addLimits(command: Command, preset = '30s'): void {
  command
    .addOption(new Option('--client <NAME>', 'Only servers in the settings of this one').choices(clientNames))
    .addOption(
      new Option('--timeout <TIME>', `How long an answer may take: 500ms, 30s, 2m (default: ${preset})`)
        .argParser(millisecondsOf)
        .default(millisecondsOf(preset)),
    )
}

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

function millisecondsOf(typed: string): number {
  const [, amount = '', unit = 's'] = /^(\d{1,6}(?:\.\d+)?)(ms|s|m|h)?$/.exec(typed) ?? []
  const milliseconds = Number(amount) * (units[unit] ?? 0)
  // A timer that is set for longer would go off at once.
  if (milliseconds > 0 && milliseconds < 2 ** 31) return milliseconds
  throw new InvalidArgumentError('It takes a time such as 500ms, 30s or 2m.')
}
