import { mustMatchRule } from '../must-match-rule.ts'

const elsewhere = ['capped-memory', 'virtual-cpu', 'device', 'anet', 'net']

export const configurationPlatform = mustMatchRule({
  id: 'configuration/platform',
  title: 'Both configurations describe the same machine',
  doc:
    'brand, cpu-arch, host-compatible and whatever else decides what machine the guest sees must be the same in both ' +
    'configurations, and written alike: adi and level1 are refused although both switch the same feature on.',
  why: 'This decides which machine the guest sees, and a guest that goes on must see the one it booted on',
  covers: (_, resource) => resource === undefined || !elsewhere.includes(resource),
})
