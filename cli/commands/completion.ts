/** Shell completion: the script knows nothing, and asks the program at each Tab. */
import type { Command } from 'commander'
import { isCowriteError } from '../../lib/errors.js'
import { type Call, findRoot, withWorkspace } from '../call.js'
import { write, writeText } from '../output.js'
import { findCommand, visible } from '../tree.js'
import { UsageError } from '../usage-error.js'
import { worldOf } from '../world.js'

const scripts: Record<string, string> = {
  // Not by compgen -W, which runs what stands in $( ) in its words.
  bash: `_cowrite() {
  local found
  COMPREPLY=()
  while IFS= read -r found; do COMPREPLY+=("$found"); done \\
    < <(cowrite __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -o bashdefault -F _cowrite cowrite
`,
  zsh: `#compdef cowrite
_cowrite() {
  local -a found
  found=(\${(f)"$(cowrite __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -- "\${found[@]}"; else _files; fi
}
if [ "$funcstack[1]" = "_cowrite" ]; then _cowrite "$@"; else compdef _cowrite cowrite; fi
`,
  fish: `function __cowrite_complete
  set -l words (commandline -opc) (commandline -ct)
  cowrite __complete -- $words[2..] 2>/dev/null
end
complete -c cowrite -a '(__cowrite_complete)'
`,
}

export const shells = Object.keys(scripts)

export async function completionScript(shell: string, call: Call): Promise<void> {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (script === undefined) {
    throw new UsageError(
      `cowrite completion knows ${shells.join(', ')}`,
      shells.map((known) => ({ label: known, command: `cowrite completion ${known}` })),
      { argument: 'SHELL', value: shell },
    )
  }
  await call.answer({ shell, script }, script)
}

/** Prints what could stand in place of the last word, one a line; nothing where file names belong. */
export async function complete(words: readonly string[], program: Command, call: Call): Promise<void> {
  const candidates = await candidatesFor(words, program, call)
  const last = words.at(-1) ?? ''
  const fitting = candidates.filter((candidate) => candidate.startsWith(last))
  if (fitting.length > 0) await writeText(call.io.stdout, fitting.join('\n'))
  else await write(call.io.stdout, '')
}

async function candidatesFor(words: readonly string[], program: Command, given: Call): Promise<string[]> {
  const before = words.slice(0, -1)
  const last = words.at(-1) ?? ''
  const { command, standing, pending, workspace } = read(before, program)
  const call = workspace === undefined ? given : { ...given, globals: { ...given.globals, workspace } }
  if (pending !== undefined) return valuesOf(pending.label, pending.choices, call)
  if (last.startsWith('-')) return optionsOf(command)
  if (command.name() === 'help') return visible(findCommand(program, standing)).map((found) => found.name())
  if (command.commands.length > 0) return visible(command).map((found) => found.name())
  const place = command.registeredArguments[standing.length]
  if (place?.name() === 'SHELL') return shells
  return valuesOf(place?.name(), place?.argChoices, call, command)
}

interface Reading {
  command: Command
  /** The words that stand without a flag. */
  standing: string[]
  /** The option whose value comes next. */
  pending?: { label: string; choices?: string[] }
  workspace?: string
}

function read(words: readonly string[], program: Command): Reading {
  const reading: Reading = { command: program, standing: [] }
  for (const word of words) {
    if (reading.pending) {
      if (reading.pending.label === 'DIR') reading.workspace = word
      delete reading.pending
      continue
    }
    const option = reading.command.options.find(({ long, short }) => word === long || word === short)
    if (option?.required) {
      const label = /<(.+)>/.exec(option.flags)?.[1] ?? ''
      reading.pending = { label, ...(option.argChoices ? { choices: option.argChoices } : {}) }
    }
    if (word.startsWith('-')) continue
    const next = reading.command.commands.find((command) => command.name() === word)
    if (next) reading.command = next
    else reading.standing.push(word)
  }
  return reading
}

function optionsOf(command: Command): string[] {
  const options = command.createHelp().visibleOptions(command)
  return options.flatMap(({ long }) => long ?? [])
}

async function valuesOf(
  label: string | undefined,
  choices: readonly string[] | undefined,
  call: Call,
  command?: Command,
): Promise<string[]> {
  if (choices) return [...choices]
  // A session that is about to be started has a name of its own.
  if (label === 'NAME' && command?.name() !== 'start') return lookUp(call, 'sessions')
  if (label === 'COMMIT') return lookUp(call, 'commits')
  return label === 'SERVER' ? serverNames(call) : []
}

async function serverNames(call: Call): Promise<string[]> {
  const { configuredServers } = await import('../../clients/index.js')
  const { servers } = await configuredServers(worldOf(call.io, await findRoot(call)))
  return [...new Set(servers.map(({ name }) => name))]
}

/** In the middle of a line nobody wants to read an error: where the workspace has none, nothing is offered. */
async function lookUp(call: Call, what: 'sessions' | 'commits'): Promise<string[]> {
  try {
    return await withWorkspace(call, await findRoot(call), async (workspace) => {
      if (what === 'commits') return (await workspace.commits()).map(({ commitId }) => commitId)
      return (await workspace.list()).sessions.map(({ name }) => name)
    })
  } catch (error) {
    if (isCowriteError(error)) return []
    throw error
  }
}
