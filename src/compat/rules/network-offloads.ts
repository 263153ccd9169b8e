import { compareNumbers } from '../machine-versions.ts'
import { pathOf } from '../property-path.ts'
import { moveWhileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

/** The first kernel whose TAP devices can segment UDP. */
const firstKernel = '6.2'
/** No QEMU before this one offers it to guests. */
const firstQemu = '8.0.0'

export const networkOffloads = rule({
  id: 'network/offloads',
  title: 'The target can do the work that the guest leaves to its NICs',
  doc:
    'A guest and virtio-net agree at the boot which work the NIC does, such as to cut large packets. Segmentation of UDP ' +
    '(the features USO of virtio) is done by the kernel of the host, from Linux 6.2 on: a guest that has agreed on it does ' +
    'not load on a host with an older kernel, whatever its QEMU.',
  remedy: 'Bring the kernel of the target up to date, or set host-compatible=level1 and reboot the zone.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot' },
  wants: { existing: 'targetContract' },
  *check({ booted, existing }, context) {
    const { kernel } = context.target
    for (const { kind, id, offloads } of booted.nics) {
      const property = pathOf(kind, id, 'offloads')
      const isOld = isOlder(kernel)
      if (isOld === false) continue
      if (offloads === undefined) {
        if (compareNumbers(booted.qemuVersion, firstQemu) < 0) continue
        const unknown = 'the QEMU of the guest cannot tell what the guest leaves to its NIC'
        yield { property, on: 'source', unknown, remedies: [moveWhileDown(context, isConfigured(existing))] }
        continue
      }
      const names = offloads.filter((name) => name.includes('USO'))
      if (names.length === 0) continue
      if (isOld === undefined) {
        const unknown = `"${kernel}" is no version of a kernel that could be compared with ${firstKernel}`
        yield { property, on: 'target', unknown, remedies: [moveWhileDown(context, isConfigured(existing))] }
        continue
      }
      yield {
        property,
        source: `the guest uses ${names.join(', ')}`,
        target: `Linux ${kernel} (${firstKernel} is the first that has it)`,
        why: 'QEMU there would refuse the state of the NIC when the guest is to go on',
        remedies: [
          { how: `Bring the kernel of ${context.target.host.name} up to Linux ${firstKernel} or later` },
          moveWhileDown(context, isConfigured(existing)),
        ],
      }
    }
  },
})

/** Undefined: it does not look like the version of a kernel. */
function isOlder(kernel: string): boolean | undefined {
  const version = /^\d+\.\d+/.exec(kernel)?.[0]
  return version === undefined ? undefined : compareNumbers(version, firstKernel) < 0
}

const isConfigured = (existing: object | null | undefined): boolean =>
  existing !== undefined && existing !== null
