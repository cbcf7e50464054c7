import { type ChildProcess, spawn } from 'node:child_process'
import { builtLibrary } from '../../support/built.js'

/** A process of its own that runs `body` with an open `workspace`; `print` says a line on its output. */
export async function startChild(root: string, body: string, options: object = {}): Promise<ChildProcess> {
  const program = `
    import { openWorkspace } from ${JSON.stringify(builtLibrary())}
    import { writeSync } from 'node:fs'
    const print = (line) => writeSync(1, line + '\\n')
    const workspace = await openWorkspace(${JSON.stringify(root)}, ${JSON.stringify(options)})
    ${body}
    await workspace.close()`
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs each in a process of its own, at once. Throws with what one of them said, if it failed. */
export async function runChildren(root: string, bodies: string[], options: object = {}): Promise<string[]> {
  const children = await Promise.all(bodies.map((body) => startChild(root, body, options)))
  return Promise.all(children.map(outcome))
}

/** What a child printed, once it has ended well. */
function outcome(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    let errors = ''
    child.stdout?.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr?.on('data', (text: Buffer) => (errors += text.toString()))
    child.once('error', reject)
    child.once('close', (status) =>
      status === 0 ? resolve(output) : reject(new Error(errors || `exit ${status}`)),
    )
  })
}

/** Starts a child, waits until it has printed `line`, and kills it in the middle of what it is doing. */
export async function killAt(root: string, body: string, line: string, options: object = {}): Promise<void> {
  const child = await startChild(root, body, options)
  await new Promise<void>((resolve, reject) => {
    let output = ''
    let errors = ''
    child.stderr?.on('data', (text: Buffer) => (errors += text.toString()))
    child.stdout?.on('data', (text: Buffer) => {
      output += text.toString()
      if (output.includes(`${line}\n`)) child.kill('SIGKILL')
    })
    child.once('error', reject)
    child.once('close', (status, signal) =>
      signal === 'SIGKILL' ? resolve() : reject(new Error(`it ended by itself (${status}): ${errors}`)),
    )
  })
}
