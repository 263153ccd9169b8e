import type { ContractDevice } from '../../zone/contract.ts'
import { isShared } from '../../zone/suri/suri.ts'
import { quote, zonecfg } from '../commands.ts'
import { pathOf } from '../property-path.ts'
import { changeAndReboot, configureBoth, here, isUp, newStorage, whileAwake, whileDown } from '../remedies.ts'
import { type Context, type RemedyDraft, rule } from '../rule.ts'
import { isMediumDevice } from '../storage-uri.ts'

export const storageLocal = rule({
  id: 'storage/local',
  title: 'Every disk is on storage that both hosts reach',
  doc:
    'A device on local storage (dev: or file:, or one given by match) stays behind when the zone leaves. Remove the ' +
    'device if the zone does not need it to boot, or move it to shared storage, which can be done while the zone runs.',
  remedy:
    'Move the disk to shared storage with zoneadm move, or at once with the zone (zoneadm migrate --with-storage), or ' +
    'remove it if nothing needs it.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: {},
  wants: { existing: 'targetContract' },
  *check({ existing }, context) {
    for (const device of context.contract.devices) {
      const { id, storage, match, bootpri } = device
      // A medium is the matter of storage/media.
      if ((storage !== undefined && isShared(storage)) || isMediumDevice(device)) continue
      const isBootDisk = bootpri !== undefined
      const targetHasOne = existing?.devices.some((other) => other.id === id) ?? false
      yield {
        property: pathOf('device', id, storage === undefined ? 'match' : 'storage'),
        source: `${storage ?? match ?? 'not set'} (${isBootDisk ? 'boot disk' : 'data disk'})`,
        target: `not on ${context.target.host.name}`,
        why: 'A local disk stays behind when the zone leaves its host',
        remedies: [
          ...(isBootDisk ? [] : [removeIt(id, context, targetHasOne)]),
          device.storage === undefined
            ? copyIt(device, context, targetHasOne)
            : moveIt(device, context, targetHasOne),
        ],
      }
    }
  },
})

function removeIt(id: number, { zone }: Context, targetHasOne: boolean): RemedyDraft {
  return {
    how: `Remove device ${id}, if the zone needs it neither to boot nor for its work`,
    commands: changeAndReboot(zone, configureBoth(zone.name, targetHasOne, `remove device id=${id}`)),
  }
}

function moveIt({ id }: ContractDevice, { zone }: Context, targetHasOne: boolean): RemedyDraft {
  const there = zonecfg(zone.name, `select device id=${id}`, `set storage=${newStorage}`, 'end')
  return {
    how: `Move it to a logical unit of the same size that both hosts may use (fill in HOST, IQN and LUN)${isUp(zone) ? '; the guest goes on meanwhile' : ''}`,
    commands: [
      ...whileAwake(zone, [here(zone, 'move', '-p', newStorage, '-x', `id=${id}`)]),
      ...(targetHasOne ? [{ on: 'target', command: there } as const] : []),
    ],
  }
}

/** Of a disk that no URI names. */
function copyIt({ id, match }: ContractDevice, { zone }: Context, targetHasOne: boolean): RemedyDraft {
  const how =
    'Copy it to a logical unit at least as large that both hosts may use (fill in HOST, IQN and LUN)'
  const subcommands = [`select device id=${id}`, 'clear match', `set storage=${newStorage}`, 'end']
  const copy = `qemu-img convert -n -p -f raw -O raw ${quote(match ?? '')} iscsi://HOST/IQN/LUN`
  return {
    how,
    commands: whileDown(zone, [
      { on: 'source', command: copy },
      ...configureBoth(zone.name, targetHasOne, ...subcommands),
    ]),
  }
}
