import type { ValueOf } from '../input.ts'
import { isOpen, microcodePackage } from '../mitigation-state.ts'
import { perObject } from '../per-object.ts'
import { type DifferenceDraft, rule } from '../rule.ts'

type Mitigations = ValueOf<'source.mitigations'>

export const cpuMitigations = rule({
  id: 'cpu/mitigations',
  title: 'The target protects against the same faults of the processor as the source',
  doc:
    'The kernel of a host says for each known fault of the processor (Meltdown, MDS, Retbleed, …) whether it stands ' +
    'open. A guest under KVM relies on what its host does: where a fault is open that was closed, other programs of ' +
    'the host may read its memory. Older microcode on the same processor counts as well. Spectre V2 is the matter of ' +
    'cpu/spectre.',
  remedy: 'Bring microcode and kernel of the target up to date, and switch the mitigations on.',
  kinds: ['warm', 'live'],
  severity: 'warning',
  needs: {
    booted: 'boot',
    here: 'source.mitigations',
    there: 'target.mitigations',
    ours: 'source.cpu',
    theirs: 'target.cpu',
  },
  check({ booted, here, there, ours, theirs }) {
    if (booted.accelerator !== 'kvm') return []
    const isSame = ours.model === theirs.model
    const opened = openedFaults(here)(there).filter(
      ({ source, target }) => target !== unknownThere || !isSame || !isNone(source),
    )
    const older = isSame && isOlder(there, here) ? [olderMicrocode(here, there)] : []
    if (opened.length + older.length === 0) return []
    const remedies = [
      {
        how: 'Install the microcode, see what the kernel was told at its boot, and reboot that host',
        on: 'target' as const,
        commands: ['cat /proc/cmdline', `apt-get install ${microcodePackage(theirs.vendor)}`],
      },
    ]
    return [...opened, ...older].map((draft) => ({ ...draft, remedies }))
  },
})

type Opened = Omit<DifferenceDraft, 'remedies'>

const unknownThere = 'the kernel there does not know this fault'

/** The same for every guest between two hosts. */
const openedFaults = perObject((here: Mitigations) =>
  perObject((there: Mitigations): Opened[] =>
    Object.entries(here.vulnerabilities)
      .filter(([name, source]) => name !== 'spectre_v2' && !isOpen(source))
      .map(([name, source]) => ({ name, source, target: there.vulnerabilities[name] ?? unknownThere }))
      .filter(({ target }) => target === unknownThere || isOpen(target))
      .map(({ name, source, target }) => ({
        property: `mitigation ${name}`,
        source,
        target,
        why: 'Other programs of that host may get at what is in the memory of the guest',
      })),
  ),
)

/** Of a fault that the same processor does not have, a kernel need not know. */
function isNone(state: string): boolean {
  return state.startsWith('Not affected')
}

function isOlder({ microcode: a }: Mitigations, { microcode: b }: Mitigations): boolean {
  return a !== null && b !== null && Number(a) < Number(b)
}

function olderMicrocode({ microcode: here }: Mitigations, { microcode: there }: Mitigations): Opened {
  return {
    property: 'microcode',
    source: here ?? '',
    target: there ?? '',
    why: 'Faults of the processor that were mended for the guest are open again',
  }
}
