/** Transactions in flight, and what is on its way out. */
import type { Finding } from '../../doctor-api.js'
import { readIntent } from '../../engine/intent.js'
import { inFlight, isAbandoned, journalLeftovers, ownerOf } from '../../engine/transaction.js'
import { entriesIn } from '../../store/files.js'
import { sessionLayout } from '../../store/layout.js'
import { found } from './finding.js'
import type { Look } from './look.js'
import { sizeBelow } from './space.js'

export function lookAtJournal({ port, layout }: Look): Finding[] {
  const abandoned = inFlight(port, layout).filter((id) => isAbandoned(port, layout, id))
  const transactions = abandoned.map((id) => {
    const path = layout.journalEntry(id)
    const intent = readIntent(port, path)
    const owner = ownerOf(port, layout, id)
    const kind = intent?.kind ?? owner?.kind ?? 'transaction'
    const session = intent?.session ?? owner?.session ?? ''
    const of = session === '' ? {} : { session }
    return intent === null
      ? found('transaction_abandoned', path, `a process died before this ${kind} happened`, of)
      : found(
          'transaction_unfinished',
          path,
          `this ${kind} has happened, and a process died before all of it was in place`,
          of,
        )
  })
  const leftovers = journalLeftovers(port, layout).map((path) =>
    found('journal_leftover', path, 'it is of a transaction that came to nothing'),
  )
  return [...transactions, ...leftovers]
}

export function lookAtTrash({ port, layout }: Look): Finding[] {
  const findings: Finding[] = []
  let bytes = 0
  let count = 0
  for (const { name, kind } of entriesIn(port, layout.trash)) {
    const path = `${layout.trash}/${name}`
    if (kind === 'folder' && port.stat(sessionLayout(path).closing) !== null) {
      findings.push(found('closing_unfinished', path, 'a process died before this session had ended whole'))
      continue
    }
    count += 1
    bytes += kind === 'folder' ? sizeBelow(port, path) : Number(port.stat(path)?.size ?? 0n)
  }
  if (count > 0)
    findings.push(found('trash_unswept', layout.trash, 'it holds what was thrown away', { bytes }))
  return findings
}
