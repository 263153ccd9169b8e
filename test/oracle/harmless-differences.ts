import { configured, type Difference, hosted, ip } from './difference.ts'
import { hugePagePool, poolOf } from './huge-page-pool.ts'

/** What both QEMUs load. A worker has mounts of its own: what it puts there the other hosts do not see. */
export const biosFile = '/usr/share/seabios/bios-256k.bin'

/** Differences that a guest never notices: a check that refused them would be a nuisance. */
export const harmlessDifferences: readonly Difference[] = [
  configured('another hostid', () => ({ hostid: '0x1234567' })),
  configured('another autoboot', ({ autoboot }) => ({ autoboot: autoboot !== true })),
  configured('a note in the configuration', () => ({ note: 'moved by the oracle' })),
  hosted('a bridge more', () => ({
    make: [ip('link add br7 type bridge'), ip('link set br7 up')],
    unmake: [ip('link del br7')],
  })),
  hosted('a bridge with a larger MTU', () => ({
    make: [ip('link set br1 mtu 9000')],
    unmake: [ip('link set br1 mtu 1500')],
  })),
  hosted('an address more', () => ({
    make: [ip('address add 10.99.0.1/32 dev lo')],
    unmake: [ip('address del 10.99.0.1/32 dev lo')],
  })),
  // The beginning of the file is padding; the guest keeps the build that it has booted with.
  hosted('another build of the firmware', () => ({
    make: [
      [
        'sh',
        '-c',
        `cp ${biosFile} "$KZ_ROOT/bios" && printf X | dd of="$KZ_ROOT/bios" bs=1 seek=16 conv=notrunc status=none`,
      ],
      ['sh', '-c', `mount --bind "$KZ_ROOT/bios" ${biosFile}`],
    ],
    unmake: [['umount', biosFile]],
  })),
  {
    name: 'a neighbour with an address of its own',
    apply: (pair) => ({ ...pair, neighbourMac: '2:8:20:5:5:5' }),
  },
]

/** @param hugePages gives a zone huge pages */
export function moreHugePages(hugePages: Difference): Difference {
  return {
    name: 'more free huge pages',
    apply(pair, random) {
      const paged = hugePages.apply(pair, random)
      const change = { make: [poolOf(hugePagePool.pages + 16)], unmake: [poolOf(hugePagePool.pages)] }
      return paged && { ...paged, targetChanges: [...paged.targetChanges, change] }
    },
  }
}
