import * as nodeFs from 'node:fs'
import { platform } from 'node:os'
import { CowriteError, errnoOf } from '../errors.js'
import type { Anchor } from './anchor.js'
import { plainAnchor } from './anchor-plain.js'
import { isProcThere, procAnchor } from './anchor-proc.js'
import { anchoredPort } from './anchored-port.js'
import { wayBeneath } from './beneath.js'
import { withByteNames } from './byte-names.js'
import { probeCase } from './case-probe.js'
import type { FilePort } from './port.js'
import type { RawFs } from './raw-fs.js'

/**
 * node:fs, not fs-extra: every call that is made here is node's own in both, and loading the other costs each
 * command some 17 ms. What fs-extra adds works on names, so nothing of it may stand under this port anyway.
 */
const fs: RawFs = withByteNames(nodeFs as unknown as RawFs)

/** Kernels stamp files with the time of their last tick: up to 10 ms ago on Linux, some 16 on Windows. */
const tickOfTheClock = 20

/**
 * Opens `root` on the real disk, with the best that the platform has: the real folder too where a view of it stands
 * in its place. Throws WORKSPACE_UNAVAILABLE.
 */
export function openDiskPort(root: string): FilePort {
  return diskPort(root, (realRoot) => {
    if (!isProcThere(fs, realRoot)) return { anchor: plainAnchor(fs, realRoot), upper: null }
    const { entrance, realName, upper } = wayBeneath(realRoot)
    return { anchor: procAnchor(fs, realRoot, entrance, realName), upper }
  })
}

/** Opens a folder of Linux that this process does not see at its name, as another sees it. */
export function openPortThrough(root: string, entrance: string): FilePort {
  return portOn({ anchor: procAnchor(fs, root, entrance), upper: null })
}

/** As `openDiskPort`, without asking the kernel what a descriptor is, even where it could say. */
export function openPlainDiskPort(root: string): FilePort {
  return diskPort(root, (realRoot) => ({ anchor: plainAnchor(fs, realRoot), upper: null }))
}

function diskPort(root: string, anchorAt: (realRoot: string) => Anchored): FilePort {
  try {
    return portOn(anchorAt(fs.realpathSync.native(root)))
  } catch (error) {
    const reason = errnoOf(error)
    if (reason === undefined) throw error
    throw new CowriteError(
      'WORKSPACE_UNAVAILABLE',
      `${root} is not a folder that can be read (${reason})`,
      {
        root,
        reason,
      },
      { cause: error },
    )
  }
}

interface Anchored {
  anchor: Anchor
  upper: string | null
}

function portOn({ anchor, upper }: Anchored): FilePort {
  const system = platform()
  return anchoredPort(fs, anchor, {
    viewUpper: upper,
    caseSensitive: probeCase(fs, anchor.entrance, system !== 'darwin' && system !== 'win32'),
    timestampGranularity: tickOfTheClock,
    linksLinks: system === 'linux',
    reflinks: true,
    syncsFolders: system !== 'win32',
    timesTell: true,
  })
}
