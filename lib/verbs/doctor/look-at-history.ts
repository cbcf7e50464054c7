/** The history: whether each commit could be undone. */
import type { Finding } from '../../doctor-api.js'
import { readOutcome } from '../../engine/apply.js'
import { type IntentTarget, readIntent } from '../../engine/intent.js'
import { finished } from '../../engine/transaction.js'
import { hashFile, kindOf } from '../../store/fingerprint.js'
import { found } from './finding.js'
import type { Look } from './look.js'

export async function lookAtHistory(look: Look): Promise<Finding[]> {
  const { port, layout } = look
  const findings: Finding[] = []
  for (const id of finished(port, layout)) {
    const folder = layout.historyEntry(id)
    const intent = readIntent(port, folder)
    if (intent === null) {
      findings.push(found('history_damaged', folder, `what commit ${id} did cannot be read`))
      continue
    }
    // An edit that came late is in the kept file; whoever committed was told.
    const late = new Set(readOutcome(port, folder).overtaken.map(({ path }) => path))
    const lost: IntentTarget[] = []
    for (const target of intent.targets) {
      if (target.kept !== null && !late.has(target.path) && !(await isKept(look, folder, target)))
        lost.push(target)
    }
    for (const { path, kept } of lost) {
      findings.push(
        found('history_incomplete', `${folder}/${kept}`, `what ${path} was before commit ${id} is not whole`),
      )
    }
  }
  return findings
}

async function isKept({ port }: Look, folder: string, target: IntentTarget): Promise<boolean> {
  const { kept, expected } = target
  const at = `${folder}/${kept}`
  const stat = port.stat(at)
  if (stat === null || expected === null || kindOf(stat) !== expected.kind) return false
  if (expected.kind === 'symlink') return port.readLink(at) === expected.target
  if (Number(stat.size) !== expected.size) return false
  return expected.sha256 === null || (await hashFile(port, at))?.sha256 === expected.sha256
}
