/**
 * Whole turns of real agent clients, one after the other: `npm run test:clients`. They are installed from npm into a
 * folder of their own (hundreds of megabytes; `COWRITE_CLIENTS` names it), and speak with a scripted model on loopback.
 */
import { defineConfig } from 'vitest/config'
import base from './vitest.config.js'

export default defineConfig({
  test: {
    ...base.test,
    include: ['test/clients-live/*.live.ts'],
    setupFiles: [],
    isolate: true,
    maxWorkers: 1,
    globalSetup: ['test/clients-live/support/findings.ts'],
    testTimeout: 15 * 60_000,
    hookTimeout: 10 * 60_000,
  },
})
