const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The text of `bytes`, or null where they are not text: invalid UTF-8, or a NUL byte.
 * A byte order mark stays, so that encoding the answer gives the same bytes again.
 */
export function decodeText(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return strict.decode(bytes)
  } catch {
    return null // The decoder's only complaint is that this is no UTF-8.
  }
}
