/** Faults by chance until somebody stops it: `npm run test:soak`. `COWRITE_SOAK=500` stops after so many. */
import { defineConfig } from 'vitest/config'
import base from './vitest.faults.config.js'

export default defineConfig({
  test: { ...base.test, include: ['test/**/*.soak.ts'], testTimeout: 2 ** 31 - 1 },
})
