/** Variables in a client's settings, put in as that client does it. */
import { basename } from 'node:path'
import type { Variables } from './catalogue.js'
import type { World } from './world.js'

/** A variable that is needed has no value. */
export class Unset extends Error {
  override readonly name = 'Unset'

  constructor(variable: string) {
    super(
      variable.startsWith('input:')
        ? `it asks a person for ${variable.slice('input:'.length)}, which only its client can do`
        : `it needs the variable ${variable}, which is not set`,
    )
  }
}

const patterns: Record<Variables['spelled'], RegExp> = {
  'in braces': /\$\{((?:env:)?[A-Za-z_][\w.]*|input:[\w.-]+)(?::-([^}]*))?\}/g,
  'with a dollar': /\$(?:\{([A-Za-z_]\w*)(?::-([^}]*))?\}|([A-Za-z_]\w*))/g,
  'as env': /\{env:([A-Za-z_]\w*)\}/g,
}

/** What puts values in; it throws Unset. */
export function expander(variables: Variables | null, world: World): (text: string) => string {
  if (variables === null) return (text) => text
  const pattern = patterns[variables.spelled]
  return (text) =>
    text.replace(pattern, (whole: string, braced?: string, preset?: string, bare?: string) => {
      // Where a pattern has fewer groups, the place in the text comes instead.
      const name = braced ?? (typeof bare === 'string' ? bare : '')
      const value = lookUp(name, world) ?? (typeof preset === 'string' ? preset : undefined)
      return value ?? withoutValue(whole, name, variables)
    })
}

function lookUp(name: string, { env, home, project }: World): string | undefined {
  const variable = name.replace(/^env:/, '')
  if (env[variable]) return env[variable]
  const known: Record<string, string | null> = {
    CLAUDE_PROJECT_DIR: project,
    workspaceFolder: project,
    workspaceFolderBasename: basename(project),
    userHome: home,
  }
  return (Object.hasOwn(known, name) ? known[name] : undefined) ?? undefined
}

/** Throws Unset. */
function withoutValue(whole: string, name: string, { unset }: Variables): string {
  if (unset === 'problem' || name.startsWith('input:')) throw new Unset(name)
  return unset === 'kept' ? whole : ''
}
