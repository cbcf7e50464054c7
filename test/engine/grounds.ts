import { afterAll, beforeAll } from 'vitest'
import { Workspace } from '../../lib/workspace.js'
import { faultyPort } from '../support/faulty-port.js'
import type { FileSystem, OpenFileSystem } from '../support/file-systems.js'
import { prepare, reboot, type Stage } from './book.js'
import type { Operation } from './operations.js'

/** Call inside a `describe`: workspaces to try operations on, copies of what is made once. */
export function groundsOn(open: OpenFileSystem) {
  let prepared: Awaited<ReturnType<typeof prepare>>
  const arranged = new Map<Operation, FileSystem>()
  beforeAll(async () => {
    prepared = await prepare(open)
  })
  afterAll(() => {
    prepared.dispose()
    for (const system of arranged.values()) system.dispose()
  })

  const copyOf = (stage: Stage): FileSystem => prepared.copyOf(stage)

  async function copyFor(operation: Operation): Promise<FileSystem> {
    if (operation.arrange === undefined) return copyOf(operation.stage)
    let template = arranged.get(operation)
    if (template === undefined) {
      template = copyOf(operation.stage)
      await operation.arrange(template)
      arranged.set(operation, template)
    }
    return prepared.copyOf(template)
  }

  /** Where the operation has run, as whoever comes next finds it, and its steps. */
  async function copyAfter(operation: Operation): Promise<{ system: FileSystem; steps: string[] }> {
    const system = await copyFor(operation)
    const faulty = faultyPort(system.port)
    const workspace = new Workspace(faulty.port, {})
    await operation.run(workspace, faulty.port)
    const steps = [...faulty.steps]
    await workspace.close()
    reboot(system)
    return { system, steps }
  }

  return { copyOf, copyFor, copyAfter }
}
