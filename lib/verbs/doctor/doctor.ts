/** A check of a workspace and of every session of it: what is not as it should be, and the mending of it. */
import { setTimeout } from 'node:timers/promises'
import type { DoctorOptions, DoctorReport, Finding } from '../../doctor-api.js'
import { finished } from '../../engine/transaction.js'
import { isCowriteError } from '../../errors.js'
import type { FilePort } from '../../port/port.js'
import { readOnlyPort } from '../../port/read-only.js'
import { sweepUnfinished } from '../../store/config.js'
import { defaultConfig } from '../../store/config-schema.js'
import { namesIn } from '../../store/files.js'
import { makeGuard } from '../../store/guard.js'
import type { Layout } from '../../store/layout.js'
import { sessionNames } from '../../store/session-store.js'
import type { Site } from '../site.js'
import { found, keyOf } from './finding.js'
import { type Look, type Looker, lookAround } from './look.js'
import { lookAtRoot } from './look-at-root.js'
import { lookAtLocks } from './look-at-state.js'
import { mendAll } from './mend.js'
import { measureSpace, noSpace } from './space.js'

/** Mending one thing can bring another to light, such as what a finished commit throws away. */
const mostRounds = 4

/** What passes in this time was another process at work, in milliseconds. */
const moment = 5

/**
 * Checks the workspace as it lies. Without `fix` nothing is written, whatever happens: the port that is looked
 * through cannot. With it, what can be mended without a person is, and is looked at again; every step is safe to
 * repeat. `openSite` throws where the config cannot be used.
 */
export async function checkWorkspace(
  port: FilePort,
  layout: Layout,
  openSite: () => Site,
  { fix = false }: DoctorOptions = {},
  further: readonly Looker[] = [],
): Promise<DoctorReport> {
  const { site, problem } = openLeniently(layout, openSite)
  const patient = readOnlyPort(port)
  const config = site?.config ?? defaultConfig()
  const look: Look = { port: patient, layout, config, guard: makeGuard(patient, layout, config), further }
  const inner = async (): Promise<Finding[]> => [...problem, ...(await lookTwice(look))]

  let left = await inner()
  const all = new Map(left.map((finding) => [keyOf(finding), finding]))
  const failures = new Map<string, string>()
  for (let round = 0; fix && round < mostRounds && canBeMended(left, failures); round++) {
    if (site === null || left.some(({ kind }) => kind === 'newer_format')) break
    for (const [key, failure] of await mendAll(site, left)) failures.set(key, failure)
    left = await inner()
    for (const finding of left) all.set(keyOf(finding), finding)
  }

  const keys = new Set(left.map(keyOf))
  const findings = [...all.values()].map((finding) => told(finding, !keys.has(keyOf(finding)), failures))
  return {
    stateFolder: layout.state,
    sound: isSound(findings),
    checked: {
      sessions: sessionNames(patient, layout).length,
      commits: finished(patient, layout).length,
      archives: namesIn(patient, layout.archives).length,
    },
    findings,
    space: measureSpace(patient, layout),
  }
}

/** As `checkWorkspace`, where no state folder is there yet. */
export function checkFolder(port: FilePort, { fix = false }: DoctorOptions = {}): DoctorReport {
  const findings = lookAtRoot(readOnlyPort(port))
  if (fix && findings.length > 0) {
    sweepUnfinished(port)
    const left = new Set(lookAtRoot(readOnlyPort(port)).map(keyOf))
    for (const finding of findings) finding.fixed = !left.has(keyOf(finding))
  }
  const checked = { sessions: 0, commits: 0, archives: 0 }
  return { stateFolder: null, sound: isSound(findings), checked, findings, space: noSpace }
}

/** A config that cannot be used is a finding, and keeps nobody from looking at the rest. */
function openLeniently(layout: Layout, openSite: () => Site): { site: Site | null; problem: Finding[] } {
  try {
    return { site: openSite(), problem: [] }
  } catch (error) {
    if (!isCowriteError(error)) throw error
    const isNewer = isCowriteError(error, 'WORKSPACE_UNAVAILABLE') && error.data.reason === 'newer format'
    const kind = isNewer ? 'newer_format' : 'config_invalid'
    return { site: null, problem: [found(kind, layout.config, error.message.replace(/\.$/, ''))] }
  }
}

/** What is seen in two looks is there; what is seen in one was another process at work. */
async function lookTwice(look: Look): Promise<Finding[]> {
  const locks = await lookAtLocks(look)
  const first = await lookAround(look)
  if (first.length === 0) return locks
  await setTimeout(moment)
  const keys = new Set(first.map(keyOf))
  return [...locks, ...(await lookAround(look)).filter((finding) => keys.has(keyOf(finding)))]
}

function canBeMended(findings: readonly Finding[], failures: ReadonlyMap<string, string>): boolean {
  return findings.some((finding) => finding.mendedBy === 'fix' && !failures.has(keyOf(finding)))
}

function told(finding: Finding, fixed: boolean, failures: ReadonlyMap<string, string>): Finding {
  const failure = fixed ? undefined : failures.get(keyOf(finding))
  return { ...finding, fixed, ...(failure === undefined ? {} : { failure }) }
}

/** Leftovers are nothing to worry about. */
function isSound(findings: readonly Finding[]): boolean {
  return findings.every(({ fixed, severity }) => fixed || severity === 'info')
}
