/** What measured unit costs come to in a workspace far larger than any that was measured. */
import { growthName } from '../scale.mjs'
import { duration, median } from '../shared/numbers.mjs'

/** The large workspace: each agent has a session of its own, with as many changes as in the measurements. */
export const large = { files: 10_000_000, agents: 1_000, changesEach: 1_000 }

/**
 * @param {{ lines: { name: string, samples: Record<string, number[]> }[], scale: object }} results of a full run
 * @returns {{ what: string, unit: string, atScale: string, needed: string }[]}
 */
export function estimates({ lines, scale }) {
  const time = (line, variant) => {
    const rounds = lines.find(({ name }) => name === line)?.samples[variant]
    return rounds === undefined ? null : median(rounds)
  }
  const changes = large.agents * large.changesEach
  const most = scale.growth.at(-1)
  const costs = {
    create: time('create', 'start, many files'),
    read: time('read', 'session.fs, unchanged'),
    write: time('first-writes', 'the last ones of a session'),
    status: per(time('growth', growthName('status', most)), most),
    commit: per(time('growth', growthName('commit', most)), most),
    list: per(time('list', 'list'), scale.sessionChanges),
    index: per(
      difference(
        time('beside', 'open a session and write, many sessions'),
        time('beside', 'open a session and write, no other session'),
      ),
      scale.sessionChanges,
    ),
    files: per(time('walk', 'list all files'), scale.workspace),
    search: per(time('walk', 'search all texts'), scale.workspace),
  }
  const own = large.changesEach
  const rows = [
    {
      what: 'create a session',
      cost: costs.create,
      of: 'session',
      atScale: (cost) => duration(cost),
      needed: 'nothing: it knows neither the number of files nor that of sessions',
    },
    {
      what: 'read a file; write one first',
      cost: costs.read,
      of: 'read',
      atScale: (cost) =>
        costs.write === null ? duration(cost) : `${duration(cost)}; ${duration(costs.write)}`,
      needed: 'nothing, as long as a folder holds some thousands of files at most',
    },
    {
      what: 'status of a thousand changes of one’s own',
      cost: costs.status,
      of: 'change',
      atScale: (cost) => duration(cost * own),
      needed: 'nothing: it goes by the session’s own changes',
    },
    {
      what: 'commit of a thousand changes, by each agent',
      cost: costs.commit,
      of: 'change',
      atScale: (cost) => `${duration(cost * own)} each, ${duration(cost * own * large.agents)} for all`,
      needed:
        'commits take turns, and who waits for more than some seconds hears LOCKED: a queue, or commits side by side where they share no path',
    },
    {
      what: 'list of all sessions',
      cost: costs.list,
      of: 'change',
      atScale: (cost) => duration(cost * changes),
      needed: 'counts kept beside each record, so that a list reads a line a session',
    },
    {
      what: 'the first write of a process, which reads the index',
      cost: costs.index,
      of: 'change',
      atScale: (cost) => duration(cost * changes),
      needed:
        'an index that is looked up on disk, or cut up by folder, rather than read whole by every process',
    },
    {
      what: 'list of all files',
      cost: costs.files,
      of: 'file',
      atScale: (cost) => duration(cost * large.files),
      needed: 'asking by folder, as tools do; pages that begin where the last one ended',
    },
    {
      what: 'search in all texts',
      cost: costs.search,
      of: 'file',
      atScale: (cost) => duration(cost * large.files),
      needed: 'an index of the texts, with each session’s changes searched on top',
    },
  ]
  return rows.map(({ what, cost, of, atScale, needed }) => {
    if (cost === null) return { what, unit: 'not measured', atScale: '', needed }
    return { what, unit: `${duration(cost)} a ${of}`, atScale: atScale(cost), needed }
  })
}

function per(total, count) {
  return total === null ? null : total / count
}

/** Noise can make it negative, which no cost is. */
function difference(total, without) {
  return total === null || without === null ? null : Math.max(0, total - without)
}
