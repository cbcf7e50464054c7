/** How the set-up of clients is told: what would be written and where, and what was. */
import type { Change, Client, ClientName, Obstacle, Plan, PlannedPart } from '../../clients/index.js'
import { linesForTerminal } from '../../lib/render/at-terminal.js'

export interface Shown {
  names: readonly ClientName[]
  remove: boolean
  plan: Plan
  obstacles: readonly Obstacle[]
  clients: Record<ClientName, Client>
}

/** For programs. */
export function answered({ names, plan, obstacles, clients }: Shown, written: boolean) {
  return {
    clients: names.map((client) => ({
      client,
      first_words: clients[client].firstWords,
      files: partsOf(plan, client).map(({ file, what, change, everyFolder, leadsTo, sharedWith }) => ({
        ...{ file, what, change },
        ...(everyFolder ? { every_folder: true } : {}),
        ...(leadsTo === undefined ? {} : { leads_to: leadsTo }),
        ...(sharedWith === undefined ? {} : { shared_with: sharedWith }),
      })),
    })),
    obstacles: obstacles.map(({ code, path, message }) => ({ code, path, message })),
    written,
  }
}

/** Before a person is asked. */
export function planText(shown: Shown): string {
  const heading = shown.remove ? '🔌 TO BE TAKEN AWAY:' : '🔌 CLIENTS TO SET UP:'
  const lines = shown.names.flatMap((name) => linesOf(name, shown))
  return linesForTerminal(['', heading, ...lines, ...forAllLines(shown)].join('\n'))
}

/** What was done, or would be; an empty line at its end, or nothing at all where there are no clients. */
export function summaryOf(shown: Shown, written: boolean): string[] {
  const { names, remove, plan, obstacles, clients } = shown
  if (remove) return removalSummary(shown, written)
  if (names.length === 0) {
    return ['🔌 No agent client was found here; name one: cowrite init --client claude-code', '']
  }
  const isNew = plan.files.length > 0
  const title = (name: ClientName) => clients[name].title
  if (!isNew && obstacles.length === 0) return [`🔌 Set up, as before: ${names.map(title).join(', ')}`, '']
  return [
    written ? '🔌 CLIENTS SET UP:' : '🔌 CLIENTS THAT CAN BE SET UP (nothing was written for them):',
    ...names.flatMap((name) => [...linesOf(name, shown), ...(written ? adviceOf(clients[name]) : [])]),
    ...obstacles.map(({ message }) => `   ⚠️ ${message}`),
    ...(written ? [] : [`   💡 Write it: cowrite init${namedIn(names)} --yes`]),
    ...(written ? ['   💡 See whether it works: cowrite doctor'] : []),
    ...(written ? [`   💡 Take it away again: cowrite init${namedForRemoval(shown)} --remove`] : []),
    '',
  ]
}

function removalSummary(shown: Shown, written: boolean): string[] {
  const { plan } = shown
  const staying = forAllLines(shown)
  if (plan.files.length === 0) return ['🔌 No client is set up here: nothing to take away', ...staying]
  // Who names a client means what serves all folders as well.
  const withLines = staying.length > 0 ? [] : shown.names.filter((name) => linesOf(name, shown).length > 0)
  return [
    written ? '🔌 TAKEN AWAY:' : '🔌 TO BE TAKEN AWAY (nothing was changed):',
    ...shown.names.flatMap((name) => linesOf(name, shown)),
    ...(written ? [] : [`   💡 Do it: cowrite init${namedIn(withLines)} --remove --yes`]),
    ...staying,
  ]
}

/** What stays in the person's own settings, since it is not this folder's alone. */
function forAllLines({ plan, clients, remove }: Shown): string[] {
  const staying = remove ? plan.parts.filter(({ change }) => change === 'for-all') : []
  if (staying.length === 0) return []
  const names = [...new Set(staying.map(({ client }) => client))]
  return [
    '',
    '🌐 IN YOUR OWN SETTINGS, FOR EVERY FOLDER (left as it is):',
    ...staying.map((part) => `   • ${clients[part.client].title}: ${part.file}, ${named(part)}`),
    `   💡 Take it away from all folders: cowrite init${namedIn(names)} --remove`,
  ]
}

/** Without names, what serves every folder stays. */
function namedForRemoval({ names, plan }: Shown): string {
  return plan.parts.some(({ everyFolder }) => everyFolder) ? namedIn(names) : ''
}

/** Just those that were shown. */
function namedIn(names: readonly ClientName[]): string {
  return names.map((name) => ` --client ${name}`).join('')
}

function linesOf(name: ClientName, { plan, clients, remove }: Shown): string[] {
  const parts = partsOf(plan, name).filter(
    ({ change }) => !(remove && (change === 'same' || change === 'for-all')),
  )
  if (parts.length === 0) return []
  return [
    `   ${clients[name].title}`,
    ...parts.flatMap((part) => [
      `     • ${part.file}: ${inWords(part, remove)}${sharedInWords(part, clients)}`,
      ...(part.leadsTo === undefined || quiet.has(part.change)
        ? []
        : [`       ⚠️ A link leads out of this folder: ${part.leadsTo}`]),
    ]),
  ]
}

/** Nothing is written there. */
const quiet: ReadonlySet<Change> = new Set(['same', 'kept', 'shared', 'for-all', 'left-out'])

function sharedInWords({ sharedWith = [] }: PlannedPart, clients: Shown['clients']): string {
  return sharedWith.length === 0
    ? ''
    : ` (shared with ${sharedWith.map((name) => clients[name].title).join(', ')})`
}

function adviceOf({ firstWords, note, openChats }: Client): string[] {
  return [
    `     ➜ start it anew and type: ${firstWords}${note === undefined ? '' : ` (${note})`}`,
    ...(openChats === undefined ? [] : [`     ➜ ${openChats}`]),
  ]
}

const words: Record<Change, string> = {
  create: 'a new file',
  change: 'put in, the rest stays',
  remove: 'taken out',
  same: 'there already',
  kept: 'there is one of your own, which stays',
  shared: 'stays, another client uses it',
  'for-all': 'stays, it serves every folder',
  'left-out': 'left out, they need an installed cowrite: npm install --global cowrite',
}

function inWords(part: PlannedPart, remove: boolean): string {
  const { change, everyFolder } = part
  const reach = remove && change === 'remove' && everyFolder ? ' for every folder, not this one alone' : ''
  return `${named(part)}, ${remove && change === 'kept' ? 'yours, stays' : words[change]}${reach}`
}

function named({ what }: PlannedPart): string {
  return { server: 'the server', hooks: 'the hooks', skill: 'the skill', command: 'the command' }[what]
}

function partsOf({ parts }: Plan, client: ClientName): PlannedPart[] {
  return parts.filter((part) => part.client === client)
}
