import { property } from './property.ts'
import { resourceType } from './resource-type.ts'
import { choice, invalidValue, listOf, matching, text, trueOrFalse, type ValueKind } from './value-kind.ts'
import { zoneName } from './zone-name.ts'

/** 32 bits in hexadecimal, kept as Solaris prints them: `0x2e7d2173`. Zero and all ones mean "none" there. */
const hostid: ValueKind = {
  name: 'host id',
  expects: 'a 32-bit number in hexadecimal, such as 0x2e7d2173',
  list: false,
  values: [],
  canonical(given) {
    const match = /^(?:0x)?([0-9a-f]{1,8})$/i.exec(given)
    const value = Number.parseInt(match?.[1] ?? '0', 16)
    if (value === 0 || value === 0xffffffff) throw invalidValue(given, this.expects)
    return `0x${value.toString(16)}`
  },
}

/** A CPU migration class, or one of QEMU's own models. */
export const cpuArch: ValueKind = {
  ...matching('CPU class', 'a CPU migration class such as migration-class1', /^[A-Za-z][\w.-]{0,63}$/),
  values: ['generic', 'migration-class1', 'migration-class2', 'migration-class3'],
}

/** The zone itself: what `set` changes outside of any resource. */
export const global = resourceType('global', 'Global properties', [
  property('zonename', 'Name of the zone', zoneName, {
    match: true,
    effect: 'acted-on',
    readOnly: 'Rename the zone with "zoneadm -z NAME rename NEWNAME"',
  }),
  property('brand', 'Kind of zone', choice('solaris-kz'), {
    required: true,
    match: true,
    effect: 'acted-on',
  }),
  property('autoboot', 'Boot the zone when the host boots', trueOrFalse, {
    default: 'false',
    effect: 'acted-on',
  }),
  property(
    'autoshutdown',
    'What happens to the running zone when the host shuts down',
    choice('shutdown', 'halt', 'suspend'),
    { default: 'shutdown', effect: 'acted-on' },
  ),
  property(
    'bootargs',
    'Arguments for the boot: the kernel command line if a kernel is booted directly',
    text(),
    {
      effect: 'acted-on',
    },
  ),
  property('pool', 'Resource pool on the host', matching('pool', 'the name of a pool', /^[\w.-]{1,128}$/)),
  property(
    'scheduling-class',
    'Scheduling class on the host',
    matching('scheduling class', 'a scheduling class such as FSS', /^\w{1,16}$/),
  ),
  property('hostid', 'Host id that the guest sees, in its SMBIOS tables; templates make one up', hostid, {
    effect: 'acted-on',
  }),
  property('tenant', 'Tenant of an elastic virtual switch', text('the name of a tenant')),
  property('ip-type', 'Always exclusive', choice('exclusive'), {
    default: 'exclusive',
    shown: 'if-set',
  }),
  property('boot-priority', 'Order of booting with the host', choice('high', 'normal', 'low'), {
    default: 'normal',
    shown: 'if-set',
    effect: 'acted-on',
  }),
  property(
    'cpu-arch',
    'CPU migration class: the CPU that the guest sees; hosts with different CPUs need a common one',
    cpuArch,
    { default: 'generic', shown: 'if-set', match: true, effect: 'acted-on' },
  ),
  property(
    'host-compatible',
    'Level of host features, which chooses the machine version; the modifiers adi and memlzr are only stored',
    listOf(choice('level1', 'level2', 'native', 'adi', 'memlzr')),
    { shown: 'if-set', match: true, effect: 'acted-on' },
  ),
  property('boot-disk-protection', 'Protection of the boot disks', trueOrFalse, { shown: 'if-set' }),
  property(
    'file-mac-profile',
    'Which parts of the root file system are read-only',
    choice('none', 'dynamic-zones', 'fixed-configuration', 'flexible-configuration', 'strict'),
    { shown: 'if-set' },
  ),
])
