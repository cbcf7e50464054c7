/** How much of everything there is. */
export const scales = {
  full: {
    workspace: 10_000,
    files: 100_000,
    sessions: 1_000,
    sessionChanges: 100_000,
    ...{ reads: 1_000, writes: 1_000, edits: 100, removals: 20 },
    commandCalls: { read: 20, write: 20, edit: 10 },
    workRounds: 3,
    changes: 1_000,
    creates: 15,
    blocks: 30,
    firstWrites: 10_000,
    calls: 200,
    commands: 9,
    megabytes: 1024,
    growth: [10, 100, 1_000, 10_000],
  },
  quick: {
    workspace: 1_000,
    files: 5_000,
    sessions: 50,
    sessionChanges: 2_500,
    ...{ reads: 200, writes: 200, edits: 20, removals: 4 },
    commandCalls: { read: 2, write: 2, edit: 1 },
    workRounds: 1,
    changes: 100,
    creates: 6,
    blocks: 10,
    firstWrites: 1_000,
    calls: 40,
    commands: 5,
    megabytes: 96,
    growth: [10, 100],
  },
}

/** Fills `{changes}` and its like in a title with the scale's figures. */
export function filled(text, scale) {
  return text.replace(/\{(\w+)\}/g, (_, name) => scale[name].toLocaleString('en-US'))
}

/** What is measured by the number of changes, and under which name. */
export const growthSteps = ['status', 'diff', 'preview', 'commit', 'undo', 'cancel']

export const growthName = (step, count) => `${step} of ${count}`
