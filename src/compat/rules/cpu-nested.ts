import { wordSet } from '../facts-index.ts'
import { moveWhileDown } from '../remedies.ts'
import { rule } from '../rule.ts'

/** The feature by which a guest can have guests of its own, and the module of KVM that gives it. */
const modules = { vmx: 'kvm_intel', svm: 'kvm_amd' } as const

export const cpuNested = rule({
  id: 'cpu/nested',
  title: 'A guest that can have guests of its own can have them on the target',
  doc:
    'A guest under KVM with the CPU feature vmx (Intel) or svm (AMD) may run virtual machines itself. KVM of the target ' +
    'has to allow that (the parameter nested of its module), or those machines, and the guest with them, end at the ' +
    'switch-over. Under TCG QEMU itself does this work on each host alike.',
  remedy:
    'Switch nested virtualisation on on the target, or set cpu-arch to a class without it and reboot the zone.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', nested: 'target.nested' },
  wants: { existing: 'targetContract' },
  *check({ booted, nested, existing }, context) {
    if (booted.accelerator !== 'kvm' || nested) return
    const features = wordSet(booted.cpuFeatures)
    const feature = (['vmx', 'svm'] as const).find((name) => features.has(name))
    if (feature === undefined) return
    const module = modules[feature]
    yield {
      property: 'nested virtualisation',
      source: `the guest has ${feature}`,
      target: `off in the KVM of ${context.target.host.name}`,
      why: 'Virtual machines inside the guest would end, and maybe the guest with them',
      remedies: [
        {
          how: 'Switch it on; it takes effect while no zone runs there',
          on: 'target',
          commands: [
            `echo options ${module} nested=1 > /etc/modprobe.d/kzone-nested.conf`,
            `modprobe -r ${module}`,
            `modprobe ${module}`,
          ],
        },
        moveWhileDown(context, existing !== undefined && existing !== null),
      ],
    }
  },
})
