/**
 * The sweeps: each fault at each step, on real disks. Too slow for every run: `npm run test:faults` has them, some
 * hundreds of points in minutes, or all of them with `COWRITE_SWEEP=full`.
 */
import { defineConfig } from 'vitest/config'
import base from './vitest.config.js'

process.env.COWRITE_SWEEP ??= 'ci'

export default defineConfig({
  test: {
    ...base.test,
    include: ['test/**/*.sweep.ts'],
    setupFiles: ['test/support/quick-memory.ts'],
    isolate: true,
    globalSetup: ['test/faults/support/summary.ts'],
    // What waits for ever ends, with its name; the slowest of them takes some minutes in CI.
    testTimeout: (process.env.COWRITE_SWEEP === 'ci' ? 20 : 120) * 60_000,
    hookTimeout: 60_000,
  },
})
