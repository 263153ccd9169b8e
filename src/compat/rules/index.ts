import type { Rule } from '../rule.ts'
import { configurationBooted } from './configuration-booted.ts'
import { configurationDevices } from './configuration-devices.ts'
import { configurationMemory } from './configuration-memory.ts'
import { configurationNics } from './configuration-nics.ts'
import { configurationPagesizePolicy } from './configuration-pagesize-policy.ts'
import { configurationPlatform } from './configuration-platform.ts'
import { configurationVcpus } from './configuration-vcpus.ts'
import { cpuCount } from './cpu-count.ts'
import { cpuFeatures } from './cpu-features.ts'
import { cpuModel } from './cpu-model.ts'
import { cpuTied } from './cpu-tied.ts'
import { cpuVendor } from './cpu-vendor.ts'
import { hypervisorAccelerator } from './hypervisor-accelerator.ts'
import { hypervisorArchitecture } from './hypervisor-architecture.ts'
import { hypervisorCapabilities } from './hypervisor-capabilities.ts'
import { hypervisorDevices } from './hypervisor-devices.ts'
import { hypervisorMachineType } from './hypervisor-machine-type.ts'
import { hypervisorVersion } from './hypervisor-version.ts'
import { hypervisorWayBack } from './hypervisor-way-back.ts'
import { identityName } from './identity-name.ts'
import { identityOtherHost } from './identity-other-host.ts'
import { identityTargetState } from './identity-target-state.ts'
import { memoryAvailable } from './memory-available.ts'
import { memoryPages } from './memory-pages.ts'
import { memorySmallerPages } from './memory-smaller-pages.ts'
import { networkAddress } from './network-address.ts'
import { networkLowerLink } from './network-lower-link.ts'
import { networkMac } from './network-mac.ts'
import { networkMtu } from './network-mtu.ts'
import { networkVlan } from './network-vlan.ts'
import { protocolEncryption } from './protocol-encryption.ts'
import { protocolVersion } from './protocol-version.ts'
import { stateKind } from './state-kind.ts'
import { stateOperation } from './state-operation.ts'
import { storageClaimed } from './storage-claimed.ts'
import { storageLocal } from './storage-local.ts'
import { storageMultihost } from './storage-multihost.ts'
import { storageReachable } from './storage-reachable.ts'
import { storageSame } from './storage-same.ts'
import { storageSuspendImage } from './storage-suspend-image.ts'

/** Every rule of the compatibility check. Their order does not matter. */
export const rules: readonly Rule[] = [
  configurationBooted,
  configurationDevices,
  configurationMemory,
  configurationNics,
  configurationPagesizePolicy,
  configurationPlatform,
  configurationVcpus,
  cpuCount,
  cpuFeatures,
  cpuModel,
  cpuTied,
  cpuVendor,
  hypervisorAccelerator,
  hypervisorArchitecture,
  hypervisorCapabilities,
  hypervisorDevices,
  hypervisorMachineType,
  hypervisorVersion,
  hypervisorWayBack,
  identityName,
  identityOtherHost,
  identityTargetState,
  memoryAvailable,
  memoryPages,
  memorySmallerPages,
  networkAddress,
  networkLowerLink,
  networkMac,
  networkMtu,
  networkVlan,
  protocolEncryption,
  protocolVersion,
  stateKind,
  stateOperation,
  storageClaimed,
  storageLocal,
  storageMultihost,
  storageReachable,
  storageSame,
  storageSuspendImage,
]
