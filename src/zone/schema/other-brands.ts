import { ZoneError } from '../../errors.ts'

export const supportedBrand = 'solaris-kz'

/** Properties and resources that zones of other brands have, so that a script for one is recognised as such. */
const foreign: ReadonlySet<string> = new Set([
  'zonepath',
  'limitpriv',
  'fs-allowed',
  'capped-cpu',
  'cpu-shares',
  'dataset',
  'dns-domain',
  'fs',
  'global-time',
  'hostname',
  'inherit-pkg-dir',
  'linkmode',
  'linkname',
  'locked',
  'max-lwps',
  'max-msg-ids',
  'max-processes',
  'max-sem-ids',
  'max-shm-ids',
  'max-shm-memory',
  'npiv',
  'rctl',
  'resolvers',
  'rootzpool',
  'security-flags',
  'swap',
  'zpool',
  'global-nic',
  'mac-addr',
])

const remedies: ReadonlyMap<string, string> = new Map([
  [
    'zonepath',
    'The root of a kernel zone is the disk given by "add device; set storage=…; set bootpri=0; end"',
  ],
  ['capped-cpu', 'Use "add virtual-cpu; set ncpus=N; end"'],
  ['linkname', 'The virtual NICs of a kernel zone are known by id: "select anet id=0"'],
  ['rootzpool', 'Use "add device; set storage=…; set bootpri=0; end"'],
  ['mac-addr', 'Use "set mac-address=…"'],
])

/** Does the name belong to zones of other brands only? */
export function isForeign(name: string): boolean {
  return foreign.has(name)
}

/** The refusal of a name that only other brands have. */
export function foreignName(name: string): ZoneError {
  return new ZoneError(
    `"${name}" is not for zones of brand ${supportedBrand}, the only brand that kzone runs`,
    {
      code: 'BRAND_UNSUPPORTED',
      remedy: remedies.get(name) ?? 'Leave it out, or run the zone on a system that has its brand',
    },
  )
}

/** The refusal of a brand or of another brand's template. */
export function otherBrand(what: 'brand' | 'template' | 'ip-type', name: string): ZoneError {
  return new ZoneError(
    `The ${what} "${name}" is not supported: kzone runs kernel zones only, brand ${supportedBrand}`,
    {
      code: 'BRAND_UNSUPPORTED',
      remedy:
        what === 'template'
          ? 'Use "create -t SYSsolaris-kz"'
          : what === 'brand'
            ? `Use "set brand=${supportedBrand}", and see "help" for what a kernel zone has`
            : 'The IP type of a kernel zone is always exclusive',
    },
  )
}
