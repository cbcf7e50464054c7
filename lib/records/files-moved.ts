/** Which of the files that a session holds, or held, were moved. */
import type { ChangeCounts } from '../api.js'
import { type Counted, countsOf } from '../verbs/counts.js'
import { holdingOf } from '../verbs/holding.js'
import type { Site } from '../verbs/site.js'
import type { Held } from './details.js'
import { countsTold, type Known } from './known.js'

interface Told {
  files: Held['files']
  /** Null where nobody counted. */
  counts: ChangeCounts | null
}

/** By the record of an open session and by what its files hold; of one that has ended, as it was told then. */
export async function withMoves(
  { port }: Site,
  { ended, changes }: Known,
  { files, layers = [] }: Held,
): Promise<Told> {
  const moves = layers.length === 0 ? new Map<string, string>() : (await holdingOf(port, layers)).moves
  const told = files.map((file) => {
    const from = file.movedFrom ?? moves.get(file.path)
    return from === undefined || file.change === 'deleted' ? file : { ...file, movedFrom: from }
  })
  const isUncounted = changes === null && told.length === 0
  const counts = (ended && countsTold(ended)) ?? (isUncounted ? null : countsOf(told.map(asChange)))
  return { files: told, counts }
}

function asChange({ path, change, kind, movedFrom }: Held['files'][number]): Counted {
  return { path, change, kind: kind ?? 'file', ...(movedFrom === undefined ? {} : { movedFrom }) }
}
