import * as fc from 'fast-check'

// The suite tries the same sequences at every run, so that a red run is a change's doing; the sweeps try new ones.
fc.configureGlobal({ seed: Number(process.env.COWRITE_TEST_SEED ?? 20_261_121) })
