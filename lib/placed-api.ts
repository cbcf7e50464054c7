/** What became of the live files of a commit or an undo. */
export interface Placed {
  /** Live files that were edited while it ran: the edit stayed, the other version is in history. */
  overtaken: { path: string; savedTo: string }[]
  /** It has happened, but something kept these from their place; who comes next and can write there puts them in. */
  waiting?: { paths: string[]; reason: string }
}

/** Commits and undos that had happened, and were put in place when the workspace was opened. */
export interface FinishedFirst {
  commits: string[]
  /** As in `Placed`. */
  overtaken: Placed['overtaken']
}
