import { admin } from './admin.ts'
import { anet } from './anet.ts'
import { attr } from './attr.ts'
import { cappedMemory } from './capped-memory.ts'
import { dedicatedCpu } from './dedicated-cpu.ts'
import { device } from './device.ts'
import { global } from './global.ts'
import { ibVhca } from './ib-vhca.ts'
import { keysource } from './keysource.ts'
import { net } from './net.ts'
import type { ResourceType } from './resource-type.ts'
import { smfDependency } from './smf-dependency.ts'
import { suspend } from './suspend.ts'
import { verifiedBoot } from './verified-boot.ts'
import { virtualCpu } from './virtual-cpu.ts'

/** The whole table: the zone with its global properties and, in the order of `info` and `export`, its resources. */
export const zoneType: ResourceType = {
  ...global,
  children: [
    net,
    anet,
    ibVhca,
    device,
    cappedMemory,
    virtualCpu,
    dedicatedCpu,
    suspend,
    keysource,
    verifiedBoot,
    attr,
    admin,
    smfDependency,
  ],
}
