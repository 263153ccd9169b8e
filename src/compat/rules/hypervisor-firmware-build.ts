import { isKnown } from '../../facts/schema.ts'
import { rule } from '../rule.ts'

export const hypervisorFirmwareBuild = rule({
  id: 'hypervisor/firmware-build',
  title: 'The target has the same build of the firmware',
  doc:
    'The BIOS is in the memory of a guest and goes with it: a running guest does not notice that the target has another ' +
    'build. At its next boot it gets that one, and may find its disks in another order or its tables changed.',
  remedy:
    'Bring the firmware packages of both hosts to the same version, or try the zone on the target once.',
  kinds: ['warm', 'live'],
  severity: 'warning',
  needs: { booted: 'boot', there: 'target.firmware' },
  *check({ booted, there }) {
    const [file] = there
    // What cannot be read or has another size is the matter of hypervisor/firmware.
    if (file === undefined || !isKnown(booted.firmware)) return
    const { sha256, sizeBytes } = booted.firmware.known
    if (sizeBytes !== file.sizeBytes || sha256 === file.sha256) return
    yield {
      property: 'firmware build',
      source: `${short(sha256)} (in the running guest)`,
      target: `${short(file.sha256)} (${file.path})`,
      why: 'The guest gets another build of the BIOS at its next boot there',
      remedies: [
        {
          how: 'See which version it is, and bring both hosts to the same',
          on: 'target',
          commands: [`dpkg -S ${file.path}`, 'apt-get install seabios'],
        },
      ],
    }
  },
})

function short(sha256: string): string {
  return `sha256 ${sha256.slice(0, 12)}…`
}
