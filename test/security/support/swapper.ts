/** Another process that exchanges names for links to outside, as fast as it can. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A name, the link that it is exchanged for, where that is kept, and where it leads. */
export interface Swap {
  name: string
  link: string
  target: string
}

/** What is missing to exchange names, or null. */
export function swapperIsMissing(): string | null {
  if (process.platform !== 'linux') return 'renameat2 (Linux)'
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' })
    return null
  } catch {
    return 'a C compiler'
  }
}

let compiled: string | undefined

function compile(): string {
  if (compiled !== undefined) return compiled
  const folder = mkdtempSync(join(tmpdir(), 'cowrite-swapper-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  compiled = join(folder, 'swapper')
  execFileSync('cc', ['-O1', '-o', compiled, join(import.meta.dirname, 'swapper.c')])
  return compiled
}

export class Swapper {
  readonly #swaps: readonly Swap[]
  readonly #child: ChildProcess

  private constructor(swaps: readonly Swap[]) {
    this.#swaps = swaps
    this.#child = spawn(
      compile(),
      swaps.flatMap(({ name, link }) => [name, link]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
  }

  /** Starts it, paused. */
  static async start(swaps: readonly Swap[]): Promise<Swapper> {
    const swapper = new Swapper(swaps)
    await new Promise((settle) => swapper.#child.stdout?.once('data', settle))
    await swapper.pause()
    return swapper
  }

  /** Stops it, and puts every name in its place. */
  async pause(): Promise<void> {
    this.#child.kill('SIGSTOP')
    while (!this.#isStopped()) await new Promise((settle) => setImmediate(settle))
    for (const swap of this.#swaps) putInOrder(swap)
  }

  go(): void {
    this.#child.kill('SIGCONT')
  }

  async end(): Promise<void> {
    const gone = new Promise((settle) => this.#child.once('exit', settle))
    this.#child.kill('SIGKILL')
    await gone
    for (const swap of this.#swaps) putInOrder(swap)
  }

  #isStopped(): boolean {
    const status = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    return /^T/.test(status.slice(status.lastIndexOf(')') + 2))
  }
}

/** The link where it is kept, whatever it was exchanged for in its own place. */
function putInOrder({ name, link, target }: Swap): void {
  if (isLink(name)) {
    const aside = `${link}.aside`
    renameSync(name, aside)
    if (isThere(link) && !isLink(link)) renameSync(link, name)
    rmSync(aside)
  } else if (isThere(link) && !isLink(link)) rmSync(link, { recursive: true })
  if (!isThere(link)) {
    mkdirSync(join(link, '..'), { recursive: true })
    symlinkSync(target, link)
  }
}

function isThere(name: string): boolean {
  return lstatSync(name, { throwIfNoEntry: false }) !== undefined
}

function isLink(name: string): boolean {
  return lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}
