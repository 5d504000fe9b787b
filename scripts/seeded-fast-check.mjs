// What tests get for `fast-check`: the same values in every run, so that a failure is one for all.
// FAST_CHECK_SEED chooses others.
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_121) })
export * from 'fast-check'
export default fc
