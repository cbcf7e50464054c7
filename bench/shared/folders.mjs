/** Workspaces to measure in, and the state of the disk around a measurement. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const fileSize = 4096
const filesInFolder = 100

/** The workspace path of file number `index`: a hundred files a folder. */
export function pathOf(index) {
  const folder = Math.floor(index / filesInFolder)
  return `part-${padded(folder, 4)}/scene-${padded(index % filesInFolder, 2)}.md`
}

/** Paths of `count` files out of `total`, spread evenly over the folders. */
export function spreadPaths(count, total) {
  return Array.from({ length: count }, (_, at) => pathOf(Math.floor((at * total) / count)))
}

/** Lays out `files` files of `size` bytes of text. */
export function layWorkspace(folder, { files, size = fileSize }) {
  mkdirSync(folder, { recursive: true })
  for (let index = 0; index < files; index++) {
    const file = join(folder, pathOf(index))
    if (index % filesInFolder === 0) mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, textOf(index, size))
  }
}

const words =
  'the whale sea ship captain harpoon morning night deck wind sail boat crew story chapter white deep line hand eye'.split(
    ' ',
  )

/** Text in lines, always the same for a number, and another for another. */
export function textOf(seed, size = fileSize) {
  let state = (seed + 1) * 2_654_435_761
  let text = `# ${seed}\n`
  while (text.length < size) {
    const sentence = []
    for (let word = 0; word < 12; word++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      sentence.push(words[state % words.length])
    }
    text += `${sentence.join(' ')}.\n`
  }
  return `${text.slice(0, size - 1)}\n`
}

/** As a small edit leaves it: one line in the middle is another. */
export function edited(text, mark = 'edited') {
  const lines = text.split('\n')
  lines[Math.floor(lines.length / 2)] = `This line was ${mark}.`
  return lines.join('\n')
}

/** Writes out what lies in memory yet, so that no measurement pays for what was before it. */
export function settle(folder) {
  // Where there is no `sync`, the kernel does it in its own time, for all variants alike.
  spawnSync('sync', ['-f', folder], { stdio: 'ignore' })
}

/** Runs a program to its end. Throws where it fails, with what it said. */
export function run(program, args, options = {}) {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr.trim()}`)
  return stdout
}

function padded(number, width) {
  return String(number).padStart(width, '0')
}
