/** What a session keeps of other moments: its checkpoints, and the frozen layers that it and they read through. */
import type { Finding } from '../../doctor-api.js'
import { CowriteError } from '../../errors.js'
import { namesIn } from '../../store/files.js'
import { sessionLayout } from '../../store/layout.js'
import { examineLayer } from '../check.js'
import { layersOfCheckpoint } from '../checkpoints.js'
import { found } from './finding.js'
import type { SessionInLook } from './look-at-session.js'

export type KeptStates = Pick<SessionInLook, 'port' | 'own' | 'record' | 'name'>

export function lookAtKeptStates(at: KeptStates): Finding[] {
  const { port, own, record, name } = at
  const session = { session: name }
  const labels = namesIn(port, own.checkpoints)
  const states = labels.map((label) => ({ label, ...stateOf(at, label) }))
  const damaged = states.flatMap(({ label, damage }) =>
    damage === null ? [] : [found('checkpoint_damaged', own.checkpoint(label), damage, session)],
  )
  // What a checkpoint that cannot be read needs is not known.
  if (states.some(({ layers }) => layers === null)) return damaged
  const needed = new Set([...record.header.layers, ...states.flatMap(({ layers }) => layers ?? [])])
  const unused = namesIn(port, own.layers).filter((id) => !needed.has(id))
  return [
    ...damaged,
    ...unused.map((id) =>
      found('layer_unused', own.layer(id), 'neither the session nor a checkpoint reads through it', session),
    ),
  ]
}

/** The layers beneath a checkpoint, where they are known, and what is the matter with it, if anything is. */
function stateOf(
  { port, own }: Pick<SessionInLook, 'port' | 'own'>,
  label: string,
): { layers: string[] | null; damage: string | null } {
  let layers: string[] | null = null
  try {
    layers = layersOfCheckpoint(port, own, label)
  } catch (error) {
    if (!(error instanceof CowriteError)) throw error
  }
  if (layers === null)
    return { layers, damage: `what is written about the checkpoint ${label} cannot be read` }
  const [first] = examineLayer(port, sessionLayout(own.checkpoint(label)), label)
  if (first) return { layers, damage: `the checkpoint is not whole: see ${first.at}` }
  const gone = layers.find((id) => port.stat(own.layer(id))?.isDirectory() !== true)
  return { layers, damage: gone === undefined ? null : `the layer ${gone} beneath the checkpoint is gone` }
}
