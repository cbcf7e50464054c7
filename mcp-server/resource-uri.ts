/** What a `cowrite://` URI names. */
export type ResourceName =
  | { kind: 'sessions' }
  | { kind: 'session'; session: string }
  | { kind: 'diff'; session: string }
  | { kind: 'file'; session: string; path: string }

export const templates = {
  session: 'cowrite://session/{name}',
  diff: 'cowrite://session/{name}/diff',
  file: 'cowrite://session/{name}/file/{+path}',
} as const

/** Reads a URI; null where it names nothing of ours. Not by `URL`, which would resolve the dots in a path. */
export function parseResourceUri(uri: string): ResourceName | null {
  if (uri === 'cowrite://sessions') return { kind: 'sessions' }
  const found = /^cowrite:\/\/session\/([^/?#]+)(?:\/(diff|file)(?:\/(.+))?)?$/s.exec(uri)
  if (!found?.[1]) return null

  const [, name, part, rest] = found
  const session = decoded(name)
  const path = rest === undefined ? undefined : decoded(rest)
  if (session === null || path === null) return null
  if (part === undefined) return { kind: 'session', session }
  if (part === 'diff') return path === undefined ? { kind: 'diff', session } : null
  return path === undefined ? null : { kind: 'file', session, path }
}

export function resourceUri(name: ResourceName): string {
  if (name.kind === 'sessions') return 'cowrite://sessions'
  const session = `cowrite://session/${encodeURIComponent(name.session)}`
  if (name.kind === 'session') return session
  if (name.kind === 'diff') return `${session}/diff`
  return `${session}/file/${name.path.split('/').map(encodeURIComponent).join('/')}`
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null // A stray `%`: no URI.
  }
}
