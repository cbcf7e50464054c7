/** What `cowrite run` takes beside the command alone, and what programs take in the view beside a plain overlay. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '../shared/cowrite.mjs'
import { layWorkspace, run, settle } from '../shared/folders.mjs'
import { makeRepository } from '../shared/git.mjs'
import { mountOverlay } from '../shared/mounts.mjs'
import { rotated } from '../shared/numbers.mjs'

/** Small, with packages of its own that it needs. */
const installed = 'chalk@4.1.2'

const names = {
  begin: 'cowrite run, until the command begins, over the command alone',
  whole: 'cowrite run -- true, over true',
  processor: 'cowrite run -- true, over true, processor time',
  emptyProcessor: 'an empty node process, over true, processor time',
  overEmpty: 'cowrite run -- true, over an empty node process, processor time',
}
const places = ['the view', 'a plain overlay']
const inPlace = (work, place) => `${work}, in ${place}`
const works = ['git status', 'npm install']
const processor = (work) => `${work}, processor time`

export const view = {
  name: 'view',
  title: 'A program in the view',
  rounds: { quick: 1, full: 3 },
  mounts: true,
  requires: 'overlayfs',
  needs: Object.fromEntries(
    [
      ...Object.values(names),
      ...works.flatMap((work) =>
        places.flatMap((place) => [inPlace(work, place), inPlace(processor(work), place)]),
      ),
    ].map((name) => [name, 'overlayfs']),
  ),
  measures: [
    {
      says: '`cowrite run`, until the command begins, over the command alone',
      of: names.begin,
      unit: 'ms',
      most: 60,
    },
    { says: '`cowrite run -- true`, until its end, over `true`', of: names.whole, unit: 'ms' },
    { says: 'the same, processor time', of: names.processor, unit: 'ms' },
    { says: 'of that, an empty node process', of: names.emptyProcessor, unit: 'ms' },
    { says: 'and what is cowrite’s own', of: names.overEmpty, unit: 'ms' },
    ...works.flatMap((work) => [
      compared(`\`${work}\``, work, 1.3),
      compared('the same, processor time', processor(work), 1.3),
    ]),
  ],

  async round({ folder, scale }) {
    const lower = join(folder, 'workspace')
    layWorkspace(lower, { files: scale.workspace })
    makeRepository(lower)
    cowrite(lower, 'session', 'start', 'idle')
    settle(folder)
    return {
      ...starts(folder, lower, scale.commands),
      ...programs(folder, lower, Math.ceil(scale.commands / 2)),
    }
  },
}

function compared(says, work, most) {
  const [ours, plain] = places.map((place) => inPlace(work, place))
  return { says: `${says}, against a plain overlay of the kernel’s`, of: ours, against: plain, most }
}

/** Each block has one of every kind, and takes its own differences. */
function starts(folder, lower, blocks) {
  const empty = join(folder, 'empty.cjs')
  writeFileSync(empty, '')
  const throughUs = [process.execPath, program, 'run', '--']
  const samples = Object.fromEntries(Object.values(names).map((name) => [name, []]))
  for (let block = -1; block < blocks; block++) {
    const alone = timesOf(lower, ['true'])
    const nothing = timesOf(lower, [process.execPath, empty])
    const through = timesOf(lower, [...throughUs, 'true'])
    const began = untilItBegins(lower, throughUs) - untilItBegins(lower, [])
    if (block < 0) continue
    samples[names.begin].push(began)
    samples[names.whole].push(through.clock - alone.clock)
    samples[names.processor].push(through.processor - alone.processor)
    samples[names.emptyProcessor].push(nothing.processor - alone.processor)
    samples[names.overEmpty].push(through.processor - nothing.processor)
  }
  return samples
}

/** In a view, and in a mount, of its own for each block. */
function programs(folder, lower, blocks) {
  const samples = {}
  const cache = join(folder, 'npm-cache')
  const scripts = { 'git status': 'for n in 1 2 3; do git status --porcelain; done' }
  const install = `npm install --prefer-offline --no-audit --no-fund --loglevel=error --cache '${cache}' --prefix . ${installed}`
  const tried = join(folder, 'tried')
  mkdirSync(tried)
  // What comes from the registry is fetched beforehand; where it does not answer, nothing is compared.
  if (spawnSync('sh', ['-c', install], { cwd: tried, stdio: 'ignore' }).status === 0) {
    scripts['npm install'] = `mkdir installed; cd installed; echo '{}' > package.json; ${install}`
  }
  for (const [work, script] of Object.entries(scripts)) {
    const kinds = {
      [places[0]]: (name) => {
        cowrite(lower, 'session', 'start', name)
        const times = timesOf(
          lower,
          ['sh', '-ec', script],
          [process.execPath, program, 'run', '--session', name, '--'],
        )
        cowrite(lower, 'session', 'cancel', name, '--force')
        return times
      },
      [places[1]]: (name) => timesOf(mountOverlay(lower, join(folder, name)), ['sh', '-ec', script]),
    }
    for (let block = -1; block < blocks; block++) {
      for (const place of rotated(places, Math.max(block, 0))) {
        const times = kinds[place](`${work.replace(' ', '-')}-${block + 1}`)
        if (block < 0) continue
        add(samples, inPlace(work, place), times.clock)
        add(samples, inPlace(processor(work), place), times.processor)
      }
    }
  }
  return samples
}

function add(samples, name, value) {
  samples[name] = [...(samples[name] ?? []), value]
}

const timing = `TIMEFORMAT='times: %R %U %S'; exec 3>&2; { time "$@" >/dev/null 2>&3; }`

/**
 * What a command takes by the clock and of the processor, its children included, in milliseconds; where it runs `within`
 * something, without what that takes.
 */
function timesOf(cwd, command, within = []) {
  const [shell, ...args] = [...within, 'bash', '-c', timing, 'bash', ...command]
  const { status, stderr } = spawnSync(shell, args, { cwd, encoding: 'utf8' })
  const [, clock, user, system] = /times: ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr) ?? []
  if (status !== 0 || clock === undefined)
    throw new Error(`${command.join(' ')} ended with ${status}: ${stderr}`)
  return { clock: clock * 1000, processor: (Number(user) + Number(system)) * 1000 }
}

/** The command tells when it began. */
function untilItBegins(cwd, within) {
  const [shell, ...args] = [...within, 'date', '+%s%N']
  const from = performance.timeOrigin + performance.now()
  return Number(run(shell, args, { cwd })) / 1e6 - from
}

function cowrite(cwd, ...words) {
  return run(process.execPath, [program, ...words], { cwd })
}
