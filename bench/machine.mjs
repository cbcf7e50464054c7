/** On what was measured: enough to judge by, and nothing that tells whose machine it is. */
import { spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** @param {string} folder on the disk that is measured */
export function describeMachine(folder) {
  const [version] = release().match(/^\d+\.\d+/) ?? [release()]
  return {
    system: `${type()} ${version}`,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || 'unknown',
    memory_gib: Math.round(totalmem() / 1024 ** 3),
    file_system: fileSystemOf(folder),
    node: process.version,
  }
}

/** Free room in bytes. */
export function freeRoom(folder) {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

function fileSystemOf(folder) {
  const { status, stdout } = spawnSync('df', ['-PT', folder], { encoding: 'utf8' })
  return (status === 0 && stdout.split('\n')[1]?.split(/\s+/)[1]) || 'unknown'
}
