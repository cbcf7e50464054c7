/** The sweeps: each fault at each step, on real disks. Too slow for every run; .ci/run runs them on every change. */
import { defineConfig } from 'vitest/config'
import base from './vitest.config.js'

export default defineConfig({
  test: {
    ...base.test,
    include: ['test/**/*.sweep.ts'],
    testTimeout: 10 * 60_000,
    hookTimeout: 60_000,
    // Until the first sweep is written there is nothing to fail.
    passWithNoTests: true,
  },
})
