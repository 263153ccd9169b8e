import type { ConfigNode } from '../config/zone-config.ts'
import type { ResourceType } from '../schema/resource-type.ts'
import { formatSize, parseSize } from '../schema/size.ts'
import { error, type Finding } from './finding.ts'

type Rule = (node: ConfigNode) => Finding[]

/** What properties of one resource demand of each other. */
const rules: ReadonlyMap<string, readonly Rule[]> = new Map<string, readonly Rule[]>([
  ['device', [oneOf('device', 'storage', 'match')]],
  ['keysource', [oneOf('keysource', 'raw', 'passphrase', 'uri')]],
  ['suspend', [oneOf('suspend', 'path', 'storage')]],
  ['capped-memory', [pagesizeOnlyIfFixed, physicalInPages, policyOrReserve]],
  ['dedicated-cpu', [someCpus]],
])

/** Checks one resource by itself, with its sub-resources: `end` demands this and `verify` again. */
export function checkResource(type: ResourceType, node: ConfigNode): Finding[] {
  const missing = type.properties
    .filter(({ name, required }) => required && node.values[name] === undefined)
    .map(({ name }) =>
      error(`${type.name === 'global' ? '' : `${type.name}: `}${name} must be set`, `set ${name}=…`),
    )
  return [...missing, ...(rules.get(type.name) ?? []).flatMap((rule) => rule(node))]
}

function oneOf(type: string, first: string, ...others: readonly string[]): Rule {
  return ({ values }) => {
    const given = [first, ...others].filter((name) => values[name] !== undefined)
    if (given.length === 1) return []
    return [
      given.length === 0
        ? error(`${type}: ${[first, ...others].join(' or ')} must be set`, `set ${first}=…`)
        : error(`${type}: ${given.join(' and ')} cannot be set together`, `clear ${given.at(-1) ?? ''}`),
    ]
  }
}

function pagesizeOnlyIfFixed({ values }: ConfigNode): Finding[] {
  const fixed = values['pagesize-policy'] === 'fixed'
  if (!fixed && values.pagesize !== undefined) {
    return [
      error(
        'capped-memory: pagesize can only be set with pagesize-policy=fixed',
        'set pagesize-policy=fixed',
      ),
    ]
  }
  if (fixed && values.pagesize === undefined) {
    return [error('capped-memory: pagesize-policy=fixed needs a pagesize', 'set pagesize=2M')]
  }
  return []
}

function physicalInPages({ values }: ConfigNode): Finding[] {
  const pagesizeBytes = parseSize(values.pagesize ?? '')
  const physicalBytes = parseSize(values.physical ?? '')
  if (pagesizeBytes === undefined || physicalBytes === undefined || physicalBytes % pagesizeBytes === 0)
    return []
  const wanted = formatSize(Math.ceil(physicalBytes / pagesizeBytes) * pagesizeBytes)
  return [
    error(
      `capped-memory: physical (${values.physical}) is not a multiple of pagesize (${values.pagesize})`,
      `set physical=${wanted}`,
    ),
  ]
}

function policyOrReserve({ values }: ConfigNode): Finding[] {
  if (values['memory-reserve'] === undefined || values['pagesize-policy'] === undefined) return []
  return [
    error(
      'capped-memory: memory-reserve and pagesize-policy cannot be set together',
      'clear pagesize-policy',
    ),
  ]
}

function someCpus({ values }: ConfigNode): Finding[] {
  const given = ['ncpus', 'cpus', 'cores', 'sockets'].filter((name) => values[name] !== undefined)
  if (given.length === 1) return []
  return [error('dedicated-cpu: exactly one of ncpus, cpus, cores and sockets must be set', 'set ncpus=…')]
}
