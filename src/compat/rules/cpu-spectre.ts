import { isOpen, microcodePackage } from '../mitigation-state.ts'
import { moveWhileDown } from '../remedies.ts'
import { rule, type Side } from '../rule.ts'

export const cpuSpectre = rule({
  id: 'cpu/spectre',
  title: 'The target protects against Spectre V2 if the source does',
  doc:
    'A guest that booted where the processor is protected against Spectre V2 uses what that protection is made of: it ' +
    'writes to registers (such as IA32_PRED_CMD, 0x49) that a processor without the microcode does not have, and panics. ' +
    'Where the protection is only switched off, the guest believes itself protected and is not. Only guests under KVM are ' +
    'concerned. The release notes of Solaris 11.4 tell of the same case.',
  remedy:
    'Bring microcode and kernel of the target up to date and switch the protection on, or move the zone down.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', here: 'source.mitigations', there: 'target.mitigations' },
  wants: { existing: 'targetContract', processor: 'target.cpu' },
  *check({ booted, here, there, existing, processor }, context) {
    if (booted.accelerator !== 'kvm') return
    const property = 'mitigation spectre_v2'
    const unknown = 'the kernel there does not tell of spectre_v2'
    const { spectre_v2: source } = here.vulnerabilities
    const { spectre_v2: target } = there.vulnerabilities
    if (source !== undefined && isOpen(source)) return
    const down = moveWhileDown(context, existing !== undefined && existing !== null)
    const remediesOn = (on: Side) => [{ how: 'Bring the kernel there up to date', on }, down]
    if (source === undefined) yield { property, on: 'source', unknown, remedies: remediesOn('source') }
    if (target === undefined) yield { property, on: 'target', unknown, remedies: remediesOn('target') }
    if (source === undefined || target === undefined || !isOpen(target)) return
    yield {
      property,
      source,
      target,
      why: 'The guest was set up for a protected processor: it crashes on this one, or believes itself protected',
      remedies: [
        {
          how: `Install the microcode, take mitigations=off and the like from the kernel's command line, and reboot ${context.target.host.name}`,
          on: 'target',
          commands: ['cat /proc/cmdline', `apt-get install ${microcodePackage(processor?.vendor)}`],
        },
        down,
      ],
    }
  },
})
