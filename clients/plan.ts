/** What setting clients up, or taking that away again, would change; nothing is changed by finding out. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Client, clients, type OwnFile, type Part } from './catalogue.js'
import { Draft, type DraftFile, type Obstacle, Obstructed } from './draft.js'
import { addHooks, removeHooks } from './hooks.js'
import { hookCommand, hookWords, launcher } from './launch.js'
import { type ClientName, clientNames } from './names.js'
import { pathOf, placeOutside, shownPath } from './place.js'
import { openSealed, sealed } from './sealed.js'
import { addServer, hasServer, removeServer } from './servers.js'
import { mayHoldOurs } from './traces.js'
import type { World } from './world.js'

/**
 * What becomes of one file for one client: `kept` is somebody's own, and `shared` what another client uses as well;
 * both stay as they are, and so does what is `for-all`: it is in the person's own file, and serves other folders as well.
 * `left-out`: it would not hold.
 */
export type Change = 'create' | 'change' | 'remove' | 'same' | 'kept' | 'shared' | 'for-all' | 'left-out'

export interface PlannedPart {
  client: ClientName
  /** For people: from the workspace or from the person's folder, where it lies in one of them. */
  file: string
  what: 'server' | 'hooks' | 'skill' | 'command'
  /** It lies in the person's own folder, and serves every workspace. */
  everyFolder: boolean
  change: Change
  /** The file's real place, where links lead out of the project's folder. */
  leadsTo?: string
  /** The clients besides this one that the very same change is for. */
  sharedWith?: ClientName[]
}

export interface Plan {
  parts: PlannedPart[]
  files: DraftFile[]
  /** With one of these, nothing is to be written. */
  obstacles: Obstacle[]
}

export async function planSetup(names: readonly ClientName[], world: World): Promise<Plan> {
  const words = [...(await launcher(world)), 'mcp']
  return plan(names, world, async (draft, part, path, { parts }) => {
    if (part.kind === 'file') return addFile(draft, part, path, world)
    if (part.kind === 'hooks') return addHooks(draft, part, path, await hookCommand(world, part.bridge))
    // Where the client's own tools land in the session, a chat need not pay for tools of ours that do the same.
    const landsByItself = hookWords(world) !== null && parts.some(leadsTools)
    return addServer(draft, part, path, { words, options: landsByItself ? ['--tools', 'session'] : [] })
  })
}

function leadsTools(part: Part): boolean {
  return part.kind === 'hooks' || (part.kind === 'file' && 'bridge' in part.from)
}

/** `alsoForAll`: with what lies in the person's own files, which other folders may have put there. */
export async function planRemoval(
  names: readonly ClientName[],
  world: World,
  { alsoForAll }: { alsoForAll: boolean },
): Promise<Plan> {
  const staying = await stillSetUp(names, world)
  const planned = await plan(
    names,
    world,
    async (draft, part, path) => {
      const isShared = staying.some((name) => clients[name].parts.includes(part))
      if (part.kind === 'file' && isShared) return 'shared'
      if (part.place.in === 'home' && !alsoForAll) return (await isOurs(part, path)) ? 'for-all' : 'same'
      try {
        return await takeAway(draft, part, path)
      } catch (error) {
        // Where nothing was ever put, nobody has to mend anything first.
        if (error instanceof Obstructed && !(await mayHoldOurs(path))) return 'same'
        throw error
      }
    },
    true,
  )
  return { ...planned, parts: planned.parts.map((part) => ofOneSetUp(part, planned.parts)) }
}

/** Whether there is something of ours to be taken away. What cannot be read may be. */
async function isOurs(part: Part, path: string): Promise<boolean> {
  try {
    return (await takeAway(new Draft(), part, path)) === 'remove'
  } catch (error) {
    if (error instanceof Obstructed) return mayHoldOurs(path)
    throw error
  }
}

function takeAway(draft: Draft, part: Part, path: string): Promise<Change> {
  if (part.kind === 'hooks') return removeHooks(draft, part, path)
  return part.kind === 'file' ? removeFile(draft, path) : removeServer(draft, part, path)
}

/** What several clients share goes with the first of them that was set up. */
function ofOneSetUp(part: PlannedPart, parts: PlannedPart[]): PlannedPart {
  if (part.change !== 'remove' || part.what === 'server') return part
  const sharers = parts.filter(({ file }) => file === part.file).map(({ client }) => client)
  const clientsWith = (wanted: Change): ClientName[] =>
    parts
      .filter(
        ({ client, what, change }) => what === 'server' && change === wanted && sharers.includes(client),
      )
      .map(({ client }) => client)
  const [first, ...others] = [...clientsWith('remove'), ...clientsWith('for-all')]
  if (first === undefined) return withOthers(part, sharers)
  return withOthers({ ...part, client: first }, others)
}

function withOthers(part: PlannedPart, clients: readonly ClientName[]): PlannedPart {
  const others = [...new Set(clients)].filter((client) => client !== part.client)
  return others.length === 0 ? part : { ...part, sharedWith: others }
}

type Act = (draft: Draft, part: Part, path: string, client: Client) => Promise<Change>

async function plan(names: readonly ClientName[], world: World, act: Act, backwards = false): Promise<Plan> {
  const draft = new Draft()
  const planned: Plan = { parts: [], files: [], obstacles: [] }
  const steps = names.flatMap((client) => clients[client].parts.map((part) => ({ client, part })))
  // What was made last goes first, so that folders are empty when their turn comes.
  for (const { client, part } of backwards ? steps.reverse() : steps) {
    try {
      const path = await pathOf(part.place, world)
      const change = await act(draft, part, path, clients[client])
      const everyFolder = part.place.in === 'home'
      const leadsTo = everyFolder || change === 'left-out' ? null : await placeOutside(path, world)
      const own = { client, file: shownPath(path, world), what: whatIs(part), change, everyFolder }
      planned.parts.push({
        ...(backwards ? own : asBegun(own, planned.parts)),
        ...(leadsTo === null ? {} : { leadsTo }),
      })
    } catch (error) {
      if (!(error instanceof Obstructed)) throw error
      planned.obstacles.push(error.obstacle)
    }
  }
  if (backwards) planned.parts.reverse()
  planned.files = draft.changes()
  return planned
}

/** What is the same because it was put there for a client before it in this very plan. */
function asBegun(part: PlannedPart, before: readonly PlannedPart[]): PlannedPart {
  const first = before.find(
    ({ file, what, change }) =>
      file === part.file && what === part.what && (change === 'create' || change === 'change'),
  )
  if (part.change !== 'same' || first === undefined) return part
  return { ...part, change: first.change, sharedWith: [first.client] }
}

function whatIs(part: Part): PlannedPart['what'] {
  if (part.kind === 'hooks') return 'hooks'
  if (part.kind !== 'file') return 'server'
  if ('bridge' in part.from) return 'hooks'
  return 'packaged' in part.from ? 'skill' : 'command'
}

async function addFile(draft: Draft, part: OwnFile, path: string, world: World): Promise<Change> {
  const text = await textOf(part, world)
  if (text === null) return 'left-out'
  const there = await draft.read(path)
  if (there === null) {
    await draft.write(path, sealed(path, text, await draft.missingFolders(path)))
    return 'create'
  }
  const ours = openSealed(there)
  if (ours === null) return there === text ? 'same' : 'kept'
  if (ours.text === text) return 'same'
  await draft.write(path, sealed(path, text, ours.folders))
  return 'change'
}

async function removeFile(draft: Draft, path: string): Promise<Change> {
  const there = await draft.read(path)
  if (there === null) return 'same'
  const ours = openSealed(there)
  if (ours === null) return 'kept'
  await draft.remove(path, ours.folders)
  return 'remove'
}

/** Null where it needs a program that does not stay. */
async function textOf({ from }: OwnFile, world: World): Promise<string | null> {
  if ('bridge' in from) {
    const words = hookWords(world, from.bridge)
    return words === null ? null : from.text(words)
  }
  if ('text' in from) return from.text
  const { program } = world
  // …/dist/cli/main.js
  const packaged = join(dirname(program), '..', '..', from.packaged)
  const text = await readFile(packaged, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const message = `${packaged} is missing from the installed package (${error.code})`
    throw new Obstructed({ code: 'UNSUPPORTED', path: packaged, message, step: 'Install cowrite anew' })
  })
  return text.replaceAll('\r\n', '\n')
}

/** The clients besides these that have our server, and so use what is shared. */
async function stillSetUp(names: readonly ClientName[], world: World): Promise<ClientName[]> {
  const others = clientNames.filter((name) => !names.includes(name))
  const draft = new Draft()
  const have = await Promise.all(others.map((name) => isSetUp(clients[name], world, draft)))
  return others.filter((_, at) => have[at])
}

/** What cannot be read is not known to do without, where it holds anything of ours. */
async function isSetUp({ parts }: Client, world: World, draft: Draft): Promise<boolean> {
  for (const part of parts) {
    if (part.kind === 'file' || part.kind === 'hooks') continue
    if (part.place.in === 'home' && world.home === null) continue
    const path = await pathOf(part.place, world)
    try {
      if (await hasServer(draft, part, path)) return true
    } catch (error) {
      if (!(error instanceof Obstructed)) throw error
      if (await mayHoldOurs(path)) return true
    }
  }
  return false
}
