/** An answer is a list of blocks with an empty line between; a block that has nothing to say is left out. */
export type Block = readonly string[] | null

export function answer(...blocks: Block[]): string {
  return blocks
    .filter((block) => block !== null && block.length > 0)
    .map((block) => block?.join('\n'))
    .join('\n\n')
}

/** A heading and its items; null where there are none. */
export function section(heading: string, items: readonly string[], bullet = '   • '): Block {
  return items.length === 0 ? null : [heading, ...items.map((item) => bullet + item)]
}

/** The first `most` items, then how many more there are. */
export function folded(items: readonly string[], most = 40): string[] {
  const hidden = items.length - most
  return hidden <= 0 ? [...items] : [...items.slice(0, most), `… and ${hidden} more`]
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Paths by their last name; whole, where two of them share it. */
export function shortNames(paths: readonly string[]): (path: string) => string {
  const distinct = [...new Set(paths)]
  const taken = new Map<string, number>()
  for (const path of distinct) taken.set(baseName(path), (taken.get(baseName(path)) ?? 0) + 1)
  return (path) => ((taken.get(baseName(path)) ?? 0) > 1 ? path : baseName(path))
}

/** `45 total`, or `showing 20 of 45`. */
export function shown(page: number, total: number): string {
  return page === total ? `${total} total` : `showing ${page} of ${total}`
}
