/** The code of the error that `run` throws; `'no error'` where it throws none. */
export function codeOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
  return 'no error'
}

export async function codeOfAsync(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
  return 'no error'
}
