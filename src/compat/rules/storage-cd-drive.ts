import { here, whileAwake } from '../remedies.ts'
import { rule } from '../rule.ts'

export const storageCdDrive = rule({
  id: 'storage/cd-drive',
  title: 'The machine has no CD drive left from its installation',
  doc:
    'A machine that was booted from a medium (install -b, boot -b) has a CD drive until it ends, also when its guest has ' +
    'started from the disk meanwhile. The medium stays behind when the zone leaves, and no target is asked for it.',
  remedy: 'Start the zone anew from its disk, when its installation is done.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot' },
  *check({ booted }, { zone, target }) {
    if (!booted.devices.some(({ kind }) => kind === 'ide-cd')) return
    yield {
      property: 'CD drive',
      source: 'the machine was booted from a medium',
      target: `not on ${target.host.name}`,
      why: 'The guest may still read from it',
      remedies: [
        {
          how: 'When its installation is done, start the zone anew from its disk',
          commands: whileAwake(zone, [here(zone, 'reboot')]),
        },
      ],
    }
  },
})
