/** The port's guard taken out: names are used as they are, and links on the way are followed. For controls. */
import * as nodeFs from 'node:fs'
import { type Anchor, asBigInts, asNumbers, nameOf, type Pin } from '../../../lib/port/anchor.js'
import { anchoredPort } from '../../../lib/port/anchored-port.js'
import { errnoError } from '../../../lib/port/faults.js'
import type { FilePort } from '../../../lib/port/port.js'
import type { RawFs } from '../../../lib/port/raw-fs.js'

const fs = nodeFs as unknown as RawFs

export function followingAnchor(_fs: RawFs, root: string): Anchor {
  const anchor: Anchor = {
    root,
    entrance: root,
    prefix: `${root}/`,
    approach() {},
    arrive() {},
    locate: () => 'here',
    stat: (path, bigint) => fs.lstatSync(nameOf(anchor, path), bigint ? asBigInts : asNumbers) ?? null,
    pin: (path) => pinOf(path, fs.lstatSync(nameOf(anchor, path), asNumbers) !== undefined),
    hold: (folder) => pinOf(folder, nodeFs.existsSync(nameOf(anchor, folder))),
    together: (use) => use(),
    isFound: () => false,
    moved() {},
    close() {},
  }

  function pinOf(path: string, isThere: boolean): Pin {
    const name = nameOf(anchor, path)
    if (!isThere) throw errnoError('ENOENT', 'open', name)
    return { name, stats: () => nodeFs.statSync(name), release() {} }
  }

  return anchor
}

export function openFollowingPort(root: string): FilePort {
  return anchoredPort(fs, followingAnchor(fs, root), {
    caseSensitive: true,
    timestampGranularity: 20,
    linksLinks: true,
    reflinks: true,
    syncsFolders: true,
    timesTell: true,
  })
}
