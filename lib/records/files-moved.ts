/** Which of the files that a session holds, or held, were moved. */
import type { CommitSummary } from '../api.js'
import { hashFile, statLower } from '../store/fingerprint.js'
import { largestCompared, type Moved, pairUp, toldMoves } from '../verbs/moves.js'
import type { Site } from '../verbs/site.js'
import type { Held } from './details.js'

/** By the record of an open session and by what its files hold, by the commits of one that has ended. */
export async function withMoves(
  site: Site,
  { files, entries = [] }: Held,
  commits: readonly CommitSummary[],
): Promise<Held['files']> {
  const told = toldMoves(entries.map(({ entry }) => entry))
  const shown = entries.length === 0 ? [] : await pairUp(...sidesOf(site, entries, told), told)
  const committed = commits.flatMap(({ moved = [] }) => moved.map(({ from, to }) => [to, from] as const))
  const moves = new Map([...committed, ...told, ...shown])
  return files.map((file) => {
    const from = file.movedFrom ?? moves.get(file.path)
    return from === undefined || file.change === 'deleted' ? file : { ...file, movedFrom: from }
  })
}

function sidesOf(
  site: Site,
  entries: NonNullable<Held['entries']>,
  told: ReadonlyMap<string, string>,
): [went: Moved[], came: Moved[]] {
  const { port } = site
  const gone = new Set(told.values())
  const went = entries.flatMap(({ entry: { path, kind, base } }): Moved[] => {
    if (kind !== 'whiteout' || base?.kind !== 'file' || gone.has(path)) return []
    const isAsItWas = () => Number(statLower(port, path)?.size ?? -1n) === base.size
    const read = async () => (isAsItWas() ? contentAt(site, path, base.size) : null)
    return [{ path, likeness: `file ${base.size}`, content: async () => base.sha256 ?? read() }]
  })
  if (went.length === 0) return [[], []]
  const came = entries.flatMap(({ entry: { path, kind, base }, layer }): Moved[] => {
    if (kind !== 'file' || base !== null || told.has(path)) return []
    const at = layer.layout.upper(path)
    const size = port.stat(at)?.size
    if (size === undefined) return []
    return [{ path, likeness: `file ${size}`, content: () => contentAt(site, at, Number(size)) }]
  })
  return [went, came]
}

async function contentAt({ port }: Site, at: string, size: number): Promise<string | null> {
  return size > largestCompared ? null : ((await hashFile(port, at))?.sha256 ?? null)
}
