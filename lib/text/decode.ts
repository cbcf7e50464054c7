const options = { fatal: true, ignoreBOM: true }
const strict = new TextDecoder('utf-8', options)

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

/** As `decodeText`, of the beginning of a file: a character that was cut off at its end is left out. */
export function decodeBeginning(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    // One of its own: it keeps what was cut off for the next call.
    return new TextDecoder('utf-8', options).decode(bytes, { stream: true })
  } catch {
    return null // As above.
  }
}
