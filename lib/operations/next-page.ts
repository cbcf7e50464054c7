interface Page {
  limit: number
  offset: number
  shown: number
  total: number
}

/** The arguments for the page after this one, if there is one. */
export function nextPage<Asked extends object>(
  asked: Asked,
  { limit, offset, shown, total }: Page,
): { next?: Asked & { limit: number; offset: number } } {
  const next = offset + shown
  return shown === 0 || next >= total ? {} : { next: { ...asked, limit, offset: next } }
}
