/** The sweeps: each fault at each step, on real disks. Too slow for every run: `npm run test:faults` has them. */
import { defineConfig } from 'vitest/config'
import base from './vitest.config.js'

export default defineConfig({
  test: {
    ...base.test,
    include: ['test/**/*.sweep.ts'],
    setupFiles: [],
    testTimeout: 10 * 60_000,
    hookTimeout: 60_000,
  },
})
