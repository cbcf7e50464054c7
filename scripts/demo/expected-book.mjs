/** What the book must be, file by file, kept apart from cowrite: a copy in memory that the story's changes are made on. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where cowrite keeps its own. */
const stateFolder = 'workspace'

export class ExpectedBook {
  #files

  /** @param {Map<string, string>} files each file's text by its path */
  constructor(files) {
    this.#files = new Map(files)
  }

  /** The book as the layout says that it wrote it, read once and compared with its hashes. */
  static asLaidOut(folder, hashes) {
    const files = new Map(Object.keys(hashes).map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
    const book = new ExpectedBook(files)
    for (const [path, hash] of Object.entries(hashes)) {
      if (sha256(files.get(path)) !== hash) throw new Error(`${path} was not laid out as it should be.`)
    }
    return book
  }

  copy() {
    return new ExpectedBook(this.#files)
  }

  text(path) {
    return this.#files.get(path)
  }

  write(path, text) {
    this.#files.set(path, text)
  }

  replace(path, before, after) {
    const text = this.#files.get(path)
    if (text === undefined || text.split(before).length !== 2) {
      throw new Error(`${path} does not hold exactly one ${JSON.stringify(before)}.`)
    }
    this.#files.set(
      path,
      text.replace(before, () => after),
    )
  }

  remove(path) {
    if (!this.#files.delete(path)) throw new Error(`${path} is not in the book.`)
  }

  move(source, destination) {
    const text = this.text(source)
    this.remove(source)
    this.write(destination, text)
  }

  /**
   * Compares every file of `folder` with the book, byte for byte by its sha256.
   * Throws an Error that names what differs. Returns how many files were compared.
   */
  compareWith(folder) {
    const found = new Map(filesIn(folder).map((path) => [path, sha256(readFileSync(join(folder, path)))]))
    const wrong = [
      ...[...this.#files].flatMap(([path, text]) => {
        if (!found.has(path)) return [`${path} is missing`]
        return found.get(path) === sha256(text) ? [] : [`${path} has other bytes`]
      }),
      ...[...found.keys()]
        .filter((path) => !this.#files.has(path))
        .map((path) => `${path} should not be there`),
    ]
    if (wrong.length > 0) throw new Error(`The book is not what it should be:\n  ${wrong.join('\n  ')}`)
    return found.size
  }
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.startsWith(`${stateFolder}/`))
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}
