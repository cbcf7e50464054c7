/** What is in the way of a command's view that is made without root. */
import * as fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openDiskPort } from '../../lib/port/disk.js'
import { ownOwner } from '../../lib/port/host.js'
import { othersFiles, othersFolder } from '../../lib/view/obstacles.js'
import { book, places, plan } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'

const [[, onDisk]] = fileSystems as [(typeof fileSystems)[0]]
const own = ownOwner()

describe.runIf(own !== null)('V1: what belongs to others', () => {
  const place = places(onDisk)
  const { uid, gid } = own ?? { uid: 0n, gid: 0n }

  it('is named, where this user may write it', () => {
    const { root } = place({ 'one/file': 'x' })
    const port = openDiskPort(root)
    expect(othersFiles(port, { uid, gid })).toBeNull()
    expect(othersFiles(port, { uid, gid: gid + 1n })).toContain(`one belongs to another group (${gid})`)
    expect(othersFiles(port, { uid: uid + 1n, gid })).toContain(`one belongs to another user (${uid})`)
    port.close()
  })

  it.runIf(uid === 0n)('is found below folders of their own', () => {
    const { root } = place(book)
    fs.chownSync(`${root}/${plan}`, 0, Number(gid) + 1)
    const port = openDiskPort(root)
    expect(othersFiles(port, { uid, gid })).toContain(`${plan} belongs to another group`)
    port.close()
  })

  it('is why nothing can be made, where the folders of the view are of it', () => {
    const { root } = place({ 'one/file': 'x' })
    const port = openDiskPort(root)
    expect(othersFolder(port, 'one', { uid, gid })).toBeNull()
    expect(othersFolder(port, 'one', { uid, gid: gid + 1n })).toContain('belongs to another group')
    port.close()
  })
})
