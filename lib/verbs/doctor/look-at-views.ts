/** Views of commands that were killed together with cowrite: what they had written still lies in there. */
import type { Finding } from '../../doctor-api.js'
import { isSessionName } from '../../paths.js'
import { isAlive, type ProcessIdentity } from '../../port/host.js'
import { namesIn, readJson } from '../../store/files.js'
import { found, looking } from './finding.js'
import type { Look } from './look.js'

export async function lookAtViews({ port, layout }: Look): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const session of namesIn(port, layout.views).filter(isSessionName)) {
    const { folder, note } = layout.view(session)
    const of = { session }
    const look = (): Finding[] => {
      if (!isLeft(readJson(port, note))) return []
      return [found('view_leftover', folder, 'a command was killed that worked in a view of the session', of)]
    }
    findings.push(...(await looking(note, look, session)))
  }
  return findings
}

/** One that stands in a folder of its own does so without a process. */
function isLeft(note: unknown): boolean {
  const { process, stands } = (note ?? {}) as { process?: ProcessIdentity; stands?: unknown }
  return process !== undefined && stands === undefined && isAlive(process) === 'dead'
}
