import type { CheckInput } from '../../src/compat/input.ts'
import { applyChanges, type Changes } from './apply-changes.ts'
import { sampleInput } from './sample-input.ts'

/**
 * The sample input with changes: `config` and `targetConfig` are subcommands of zonecfg (see `SampleConfigs`), every other
 * key is a path of `applyChanges()`.
 */
export function changedInput({ config, targetConfig, ...changes }: Changes): CheckInput {
  const configs = {
    ...(typeof config === 'string' ? { config } : {}),
    ...(typeof targetConfig === 'string' || targetConfig === null ? { targetConfig } : {}),
  }
  return applyChanges(sampleInput(configs), changes)
}
