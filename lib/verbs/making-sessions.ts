/** Making a session: empty, as a fork of another, or with what a template says. */
import type { StartOptions } from '../api.js'
import { CowriteError, isCowriteError } from '../errors.js'
import { artifactsFolder } from '../store/layout.js'
import { limitedGuard, parseLimits } from '../store/limits.js'
import type { SessionStore } from '../store/overlay.js'
import type { SessionHeader } from '../store/record.js'
import { createFurnished, createSession, sessionNames } from '../store/session-store.js'
import { forkSession } from './fork.js'
import type { Site } from './site.js'
import { plant, type Seeds, seedsOf, templateCalled } from './templates.js'

export interface Beginning extends Pick<SessionHeader, 'description' | 'template' | 'limits' | 'retries'> {
  seeds: Seeds | null
}

/** Throws INVALID_INPUT, and what a template asks for that cannot be: then there is no session yet. */
export function beginningOf(
  site: Site,
  options: StartOptions & { description: string },
  parent: SessionStore | null,
): Beginning {
  const { description } = options
  const limits = parseLimits(options)
  if (options.template === undefined) {
    // A fork is no way out of what its parent may not do.
    const held = limits ?? parent?.record.header.limits ?? null
    return { description, template: null, seeds: null, ...(held ? { limits: held } : {}) }
  }
  if (parent !== null)
    throw new CowriteError(
      'INVALID_INPUT',
      'template is for a new session; a fork begins with what its parent holds.',
      {
        argument: 'template',
      },
    )
  const template = templateCalled(site, options.template)
  const { allowed_paths, read_only_paths, allowed_tools, retries } = template
  const own = parseLimits({
    allowedPaths: options.allowedPaths ?? allowed_paths,
    readOnlyPaths: options.readOnlyPaths ?? read_only_paths,
    allowedTools: options.allowedTools ?? allowed_tools,
  })
  return {
    description: description === '' ? template.description : description,
    template: options.template,
    retries: { autoDetect: retries.auto_detect },
    seeds: seedsOf(site, template, limitedGuard(site.guard, options.template, own ?? undefined)),
    ...(own ? { limits: own } : {}),
  }
}

/** Throws ALREADY_EXISTS where the wanted name is taken. */
export async function makeSession(
  site: Site,
  wanted: string | undefined,
  about: Beginning & Pick<SessionHeader, 'agentId'>,
  parent: SessionStore | null,
): Promise<string> {
  const name = wanted ?? nameFromClock(site)
  const { seeds, ...told } = about
  const { scratch, folders } = site.port.together(() => ({
    scratch: site.port.stat(artifactsFolder) === null,
    folders: site.config.folders.filter((folder) => site.port.stat(folder)?.isDirectory()),
  }))
  const header: SessionHeader = {
    name,
    ...told,
    createdAt: new Date().toISOString(),
    source: site.client,
    parent: null,
    scratch,
    layers: [],
  }
  try {
    if (parent !== null) await forkSession(site, parent, header, folders)
    else if (seeds !== null) await makeSeeded(site, header, folders, seeds)
    else createSession(site.port, site.layout, header, folders)
    return name
  } catch (error) {
    if (wanted !== undefined || !isCowriteError(error, 'ALREADY_EXISTS')) throw error
    return makeSession(site, wanted, about, parent)
  }
}

async function makeSeeded(
  site: Site,
  header: SessionHeader,
  folders: readonly string[],
  seeds: Seeds,
): Promise<void> {
  await createFurnished(site.port, site.layout, header, folders, async (aside) => {
    const set = await plant(site, seeds, aside)
    site.index.note(header.name, ...set.map(({ path }) => path))
    return set.length === 0 ? [] : [{ set, at: header.createdAt }]
  })
}

function nameFromClock(site: Site): string {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  const taken = new Set(sessionNames(site.port, site.layout))
  const base = `session-${stamp}`
  for (let again = 1; ; again++) {
    const name = again === 1 ? base : `${base}-${again}`
    if (!taken.has(name)) return name
  }
}
