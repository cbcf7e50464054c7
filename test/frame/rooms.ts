/** Which room of the project may import which: the one table that the architecture test holds the code to. */

/** The floors inside lib/, lowest first. A file may import from its own floor and from those below it. */
export const floors: readonly (readonly string[])[] = [
  [
    'lib/errors.ts',
    'lib/foreign-errors.ts',
    'lib/paths.ts',
    'lib/api.ts',
    'lib/between-api.ts',
    'lib/changes-api.ts',
    'lib/commit-api.ts',
    'lib/files-api.ts',
    'lib/chats-api.ts',
    'lib/bypass-api.ts',
    'lib/doctor-api.ts',
    'lib/placed-api.ts',
    'lib/run-api.ts',
    'lib/records-api.ts',
    'lib/retries-api.ts',
    'lib/undo-api.ts',
    'lib/workspace-api.ts',
  ],
  ['lib/text/'],
  ['lib/port/'],
  ['lib/store/'],
  ['lib/engine/'],
  ['lib/verbs/'],
  ['lib/view/'],
  ['lib/records/'],
  ['lib/session-fs/'],
  ['lib/workspace/', 'lib/workspace.ts', 'lib/session.ts'],
  ['lib/render/'],
  ['lib/operations/'],
  ['lib/index.ts'],
]

/** Renderings are made of results alone: they know neither disk nor session. */
export const renderMayImport = [...(floors[0] ?? []), 'lib/text/', 'lib/render/']

/** What an adapter may know of the library: what it does, what it says, and how it fails. */
export const adaptersMayImport = [
  'lib/index.ts',
  'lib/errors.ts',
  'lib/api.ts',
  'lib/between-api.ts',
  'lib/changes-api.ts',
  'lib/commit-api.ts',
  'lib/files-api.ts',
  'lib/chats-api.ts',
  'lib/bypass-api.ts',
  'lib/doctor-api.ts',
  'lib/placed-api.ts',
  'lib/run-api.ts',
  'lib/records-api.ts',
  'lib/retries-api.ts',
  'lib/undo-api.ts',
  'lib/workspace-api.ts',
  'lib/operations/',
  'lib/render/',
]

/** The one file of the library that asks the machine who and where it is. */
export const hostFile = 'lib/port/host.ts'

/** Whether `path` is one of `places`, or lies in one that ends in `/`. */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
}

/** The floor that a file of lib/ stands on; -1 where it stands nowhere. */
export function floorOf(path: string): number {
  return floors.findIndex((places) => isIn(path, places))
}
