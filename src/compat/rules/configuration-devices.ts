import { mustMatchRule } from '../must-match-rule.ts'

export const configurationDevices = mustMatchRule({
  id: 'configuration/devices',
  title: 'Both configurations have the same disks under the same ids',
  doc:
    'The storage URI, id and bootpri of every device must be the same in both configurations. The id decides where the ' +
    'guest finds the disk, the URI what is on it. A guest that goes on with other contents behind a disk ' +
    'destroys them: QEMU itself does not notice.',
  why: 'The guest goes on writing to what it takes for the same disk; QEMU does not notice another one',
  covers: (_, resource) => resource === 'device',
})
