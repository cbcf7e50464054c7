import type * as nodeFs from 'node:fs'
import type { FilePort } from '../../lib/port/port.js'
import { decodeLines } from '../../lib/store/append-log.js'
import { layoutOf } from '../../lib/store/layout.js'
import type { SessionHeader } from '../../lib/store/record.js'
import { createSession } from '../../lib/store/session-store.js'

interface Where {
  fs: typeof nodeFs
  root: string
  port: FilePort
}

/** Makes a session that reads through these layers, nearest first; their folders are to be put into it. */
export function makeSessionOver({ port }: Where, name: string, layers: string[], parent?: string): void {
  const header: SessionHeader = {
    name,
    description: '',
    createdAt: new Date().toISOString(),
    agentId: 'default',
    parent: parent ?? null,
    template: null,
    scratch: port.stat('artifacts') === null,
    layers,
  }
  createSession(port, layoutOf('workspace'), header, [])
}

/**
 * Makes of a closed session a layer, called `layer`, that nobody writes to any more, and a new session over it, which
 * reads through the old one's layers too.
 */
export function freeze(where: Where, from: string, to: string, layer: string): void {
  const { fs, root } = where
  const sessions = `${root}/workspace/sessions`
  const layersOf = (name: string): string => `${sessions}/${name}/.cowrite/layers`
  const below = headerIn(fs.readFileSync(`${sessions}/${from}/.cowrite/record`)).layers
  makeSessionOver(where, to, [layer, ...below], from)
  fs.mkdirSync(layersOf(to), { recursive: true })
  for (const id of below) fs.renameSync(`${layersOf(from)}/${id}`, `${layersOf(to)}/${id}`)
  fs.renameSync(`${sessions}/${from}`, `${layersOf(to)}/${layer}`)
}

function headerIn(record: Buffer): SessionHeader {
  const [first] = decodeLines<{ header: SessionHeader }>(record).lines
  if (first === undefined) throw new Error('The record has no header')
  return first.header
}
