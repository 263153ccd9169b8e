import type { Rule } from '../rule.ts'
import { clockOffset } from './clock-offset.ts'
import { configurationBooted } from './configuration-booted.ts'
import { configurationDevices } from './configuration-devices.ts'
import { configurationKey } from './configuration-key.ts'
import { configurationMemory } from './configuration-memory.ts'
import { configurationNics } from './configuration-nics.ts'
import { configurationPagesizePolicy } from './configuration-pagesize-policy.ts'
import { configurationPlatform } from './configuration-platform.ts'
import { configurationSuspended } from './configuration-suspended.ts'
import { configurationVcpus } from './configuration-vcpus.ts'
import { cpuCount } from './cpu-count.ts'
import { cpuFeatures } from './cpu-features.ts'
import { cpuMitigations } from './cpu-mitigations.ts'
import { cpuModel } from './cpu-model.ts'
import { cpuNested } from './cpu-nested.ts'
import { cpuSpectre } from './cpu-spectre.ts'
import { cpuTied } from './cpu-tied.ts'
import { cpuTsc } from './cpu-tsc.ts'
import { cpuTscInvariant } from './cpu-tsc-invariant.ts'
import { cpuVendor } from './cpu-vendor.ts'
import { forecastConvergence } from './forecast-convergence.ts'
import { hypervisorAccelerator } from './hypervisor-accelerator.ts'
import { hypervisorArchitecture } from './hypervisor-architecture.ts'
import { hypervisorCapabilities } from './hypervisor-capabilities.ts'
import { hypervisorDevices } from './hypervisor-devices.ts'
import { hypervisorFaults } from './hypervisor-faults.ts'
import { hypervisorFirmware } from './hypervisor-firmware.ts'
import { hypervisorFirmwareBuild } from './hypervisor-firmware-build.ts'
import { hypervisorMachineType } from './hypervisor-machine-type.ts'
import { hypervisorVersion } from './hypervisor-version.ts'
import { hypervisorWayBack } from './hypervisor-way-back.ts'
import { identityMaintenance } from './identity-maintenance.ts'
import { identityName } from './identity-name.ts'
import { identityOtherHost } from './identity-other-host.ts'
import { identityOwner } from './identity-owner.ts'
import { identityOwnerRecord } from './identity-owner-record.ts'
import { identityTargetState } from './identity-target-state.ts'
import { memoryAtBoot } from './memory-at-boot.ts'
import { memoryAvailable } from './memory-available.ts'
import { memoryLocked } from './memory-locked.ts'
import { memoryPages } from './memory-pages.ts'
import { memoryPause } from './memory-pause.ts'
import { memoryPostcopy } from './memory-postcopy.ts'
import { memoryPostcopyPages } from './memory-postcopy-pages.ts'
import { memoryReserve } from './memory-reserve.ts'
import { memorySmallerPages } from './memory-smaller-pages.ts'
import { networkAddress } from './network-address.ts'
import { networkLowerLink } from './network-lower-link.ts'
import { networkMac } from './network-mac.ts'
import { networkMtu } from './network-mtu.ts'
import { networkMtuAtBoot } from './network-mtu-at-boot.ts'
import { networkOffloads } from './network-offloads.ts'
import { networkUplink } from './network-uplink.ts'
import { networkVlan } from './network-vlan.ts'
import { networkVlanTags } from './network-vlan-tags.ts'
import { networkVlanUplink } from './network-vlan-uplink.ts'
import { pathDataPort } from './path-data-port.ts'
import { pathEncryption } from './path-encryption.ts'
import { protocolEncryption } from './protocol-encryption.ts'
import { protocolVersion } from './protocol-version.ts'
import { rightsOperator } from './rights-operator.ts'
import { stateKind } from './state-kind.ts'
import { stateOperation } from './state-operation.ts'
import { storageCdDrive } from './storage-cd-drive.ts'
import { storageClaimed } from './storage-claimed.ts'
import { storageLocal } from './storage-local.ts'
import { storageMedia } from './storage-media.ts'
import { storageMultihost } from './storage-multihost.ts'
import { storageReachable } from './storage-reachable.ts'
import { storageSame } from './storage-same.ts'
import { storageShared } from './storage-shared.ts'
import { storageSuspendImage } from './storage-suspend-image.ts'
import { storageSuspendSize } from './storage-suspend-size.ts'
import { storageUnproven } from './storage-unproven.ts'

/** Every rule of the compatibility check. Their order does not matter. */
export const rules: readonly Rule[] = [
  clockOffset,
  configurationBooted,
  configurationDevices,
  configurationKey,
  configurationMemory,
  configurationNics,
  configurationPagesizePolicy,
  configurationPlatform,
  configurationSuspended,
  configurationVcpus,
  cpuCount,
  cpuFeatures,
  cpuMitigations,
  cpuModel,
  cpuNested,
  cpuSpectre,
  cpuTied,
  cpuTsc,
  cpuTscInvariant,
  cpuVendor,
  forecastConvergence,
  hypervisorAccelerator,
  hypervisorArchitecture,
  hypervisorCapabilities,
  hypervisorDevices,
  hypervisorFaults,
  hypervisorFirmware,
  hypervisorFirmwareBuild,
  hypervisorMachineType,
  hypervisorVersion,
  hypervisorWayBack,
  identityMaintenance,
  identityName,
  identityOtherHost,
  identityOwner,
  identityOwnerRecord,
  identityTargetState,
  memoryAtBoot,
  memoryAvailable,
  memoryLocked,
  memoryPages,
  memoryPause,
  memoryPostcopy,
  memoryPostcopyPages,
  memoryReserve,
  memorySmallerPages,
  networkAddress,
  networkLowerLink,
  networkMac,
  networkMtu,
  networkMtuAtBoot,
  networkOffloads,
  networkUplink,
  networkVlan,
  networkVlanTags,
  networkVlanUplink,
  pathDataPort,
  pathEncryption,
  protocolEncryption,
  protocolVersion,
  rightsOperator,
  stateKind,
  stateOperation,
  storageCdDrive,
  storageClaimed,
  storageLocal,
  storageMedia,
  storageMultihost,
  storageReachable,
  storageSame,
  storageShared,
  storageSuspendImage,
  storageSuspendSize,
  storageUnproven,
]
