/** The licences of the packages that a bundle holds, as one text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export function licencesOf(metafile, root) {
  const folders = new Set(bundledInputs(metafile).map(packageFolder).filter(Boolean))
  const entries = [...folders].map((folder) => readPackage(join(root, folder)))
  entries.sort((one, other) => (one.title < other.title ? -1 : 1))
  const unique = new Map(entries.map((entry) => [entry.title, entry]))
  const introduction = 'cowrite contains the following packages, each under its own licence.\n'
  return [introduction, ...[...unique.values()].map(({ title, text }) => `${title}\n\n${text}\n`)].join(
    `${rule}\n`,
  )
}

const rule = '-'.repeat(80)

/** Only what ended up in an output: tree shaking drops whole packages. */
function bundledInputs(metafile) {
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  )
}

function packageFolder(path) {
  return path.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0]
}

function readPackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const title = `${name} ${version} (${license})`
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (file !== undefined) return { title, text: readFileSync(join(folder, file), 'utf8').trim() }
  if (typeof license !== 'string') throw new Error(`${name} is bundled and names no licence.`)
  const notice = existsSync(join(folder, 'README.md')) ? licenceSection(join(folder, 'README.md')) : undefined
  return { title, text: notice ?? `Published under ${license}, without a licence text of its own.` }
}

function licenceSection(readme) {
  return readFileSync(readme, 'utf8')
    .match(/^#+ licen[cs]e\s*\n([\s\S]*?)(?=\n#|$(?![\s\S]))/im)?.[1]
    .trim()
}
