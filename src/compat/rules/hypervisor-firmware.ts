import { isKnown } from '../../facts/schema.ts'
import { exactBytes } from '../bytes.ts'
import { moveWhileDown } from '../remedies.ts'
import { type RemedyDraft, rule } from '../rule.ts'

export const hypervisorFirmware = rule({
  id: 'hypervisor/firmware',
  title: 'The target has the firmware of the machine, of the same size',
  doc:
    'QEMU loads the BIOS from a file of the host, often from a package of its own, and does not start without it. Its ' +
    'size is a part of the machine: the memory of a running guest does not load into a machine whose BIOS has another size, ' +
    'and QEMU says so only in the middle of the transfer.',
  remedy: 'Install the firmware package that the source has.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', there: 'target.firmware' },
  wants: { existing: 'targetContract' },
  *check({ booted, there, existing }, context) {
    const property = 'firmware'
    const [file] = there
    const install: RemedyDraft = {
      how: 'Install the firmware package that the source has',
      on: 'target',
      commands: ['apt-get update', 'apt-get install seabios'],
    }
    if (file === undefined) {
      const source = isKnown(booted.firmware)
        ? `BIOS of ${exactBytes(booted.firmware.known.sizeBytes)}`
        : 'BIOS'
      const why = 'QEMU there does not start without it'
      yield { property, source, target: 'QEMU finds no BIOS', why, remedies: [install] }
      return
    }
    // A zone that is down boots with whatever there is.
    if (context.intent.kind === 'cold') return
    if (!isKnown(booted.firmware)) {
      const remedies = [moveWhileDown(context, existing !== undefined && existing !== null)]
      yield { property, on: 'source', unknown: booted.firmware.unknown, remedies }
      return
    }
    const { sizeBytes } = booted.firmware.known
    if (sizeBytes === file.sizeBytes) return
    yield {
      property,
      source: `BIOS of ${exactBytes(sizeBytes)} (in the running guest)`,
      target: `BIOS of ${exactBytes(file.sizeBytes)} (${file.path})`,
      why: 'The memory of the guest does not load into a machine whose BIOS has another size',
      remedies: [install, moveWhileDown(context, existing !== undefined && existing !== null)],
    }
  },
})
