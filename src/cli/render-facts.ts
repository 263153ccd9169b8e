import type { Fact, HostFacts } from '../facts/schema.ts'
import { formatSize } from './format-quantity.ts'

/** What a host offers, in short, for people; all of it is in the JSON document. */
export function renderFacts(facts: HostFacts): string[] {
  const { host, kzone, hypervisor } = facts
  return [
    row('host', [`${host.name} (${host.id}), kzone ${kzone.version}`]),
    row('kernel', [`${facts.kernel} ${facts.architecture}`]),
    row(
      'cpu',
      lines(facts.cpu, ({ count, vendor, model }) => [`${count} × ${model} (${vendor})`]),
    ),
    row(
      'memory',
      lines(facts.memory, ({ totalBytes, availableBytes, committedBytes }) => [
        `${formatSize(totalBytes)}, ${formatSize(availableBytes)} available, ${formatSize(committedBytes)} promised to zones`,
      ]),
    ),
    row(
      'huge pages',
      lines(facts.hugepages, (pools) =>
        pools.map(({ sizeBytes, total, free }) => `${formatSize(sizeBytes)}: ${free} of ${total} free`),
      ),
    ),
    row(
      'hypervisor',
      lines(hypervisor, ({ qemuVersion, accelerator, tlsPsk }) => [
        `QEMU ${qemuVersion}, ${accelerator}${tlsPsk ? '' : ', cannot encrypt with a pre-shared key'}`,
      ]),
    ),
    row(
      'machine',
      lines(hypervisor, ({ machineTypes }) => [newestMachines(machineTypes).join(', ')]),
    ),
    row(
      'cpu models',
      lines(facts.cpuModels, (models) =>
        models
          .filter(
            ({ unavailableFeatures, features }) => unavailableFeatures.length === 0 && 'known' in features,
          )
          .map(({ name }) => name),
      ),
    ),
    row(
      'firmware',
      lines(facts.firmware, (files) =>
        files.map(
          ({ name, sizeBytes, sha256 }) =>
            `${name}: ${formatSize(sizeBytes)}, sha256 ${sha256.slice(0, 12)}…`,
        ),
      ),
    ),
    row(
      'faults',
      lines(facts.mitigations, ({ microcode, vulnerabilities }) => [
        `${openFaults(vulnerabilities)}; microcode ${microcode ?? 'not told'}`,
      ]),
    ),
    row(
      'tsc',
      lines(facts.tsc, ({ frequencyHz, invariant, scaling }) => [
        [
          frequencyHz === null ? 'speed not told' : `${(frequencyHz / 1e6).toFixed(0)} MHz`,
          invariant ? 'invariant' : 'not invariant',
          scaling ? 'can be scaled' : 'cannot be scaled',
        ].join(', '),
      ]),
    ),
    row(
      'nested',
      lines(facts.nested, (nested) => [nested ? 'guests can have guests' : 'off']),
    ),
    row(
      'locked',
      lines(facts.lockedMemory, ({ limitBytes }) => [
        limitBytes === null ? 'as much memory as there is' : `at most ${formatSize(limitBytes)} of memory`,
      ]),
    ),
    row(
      'clock',
      lines(facts.clock, ({ source, synchronised }) => [
        `${source}, ${synchronised === null ? 'nothing tells whether it is kept' : synchronised ? 'kept by a time server' : 'not kept by a time server'}`,
      ]),
    ),
    row(
      'ciphers',
      lines(facts.ciphers, (ciphers) => [ciphers.join(', ')]),
    ),
    row(
      'operator',
      lines(facts.operator, ({ user, isRoot }) => [`${user}${isRoot ? '' : ' (not root)'}`]),
    ),
    row(
      'maintenance',
      lines(facts.maintenance, (reason) => [reason ?? 'none']),
    ),
    row(
      'links',
      lines(facts.links, (links) =>
        links.map(({ name, kind, up, mtu }) => `${name}: ${kind}, ${up ? 'up' : 'down'}, MTU ${mtu}`),
      ),
    ),
    row(
      'auto link',
      lines(facts.defaultLink, (name) => [name ?? 'none']),
    ),
    row(
      'zones',
      lines(facts.zones, (zones) =>
        zones.map(
          ({ name, id, state, memoryBytes }) =>
            `${name}: ${state}${id === undefined ? '' : ` (${id})`}, ${formatSize(memoryBytes)}`,
        ),
      ),
    ),
  ].flat()
}

/** The faults of the processor that are open, by the kernel's names. */
function openFaults(vulnerabilities: Readonly<Record<string, string>>): string {
  const open = Object.entries(vulnerabilities).filter(([, state]) => state.startsWith('Vulnerable'))
  return open.length === 0 ? 'none open' : `open: ${open.map(([name]) => name).join(', ')}`
}

/** The machine types that kernel zones boot with, newest first; older ones are in the JSON document. */
function newestMachines(machineTypes: readonly string[]): string[] {
  const byVersion = new Intl.Collator('en', { numeric: true })
  return machineTypes
    .filter((name) => name.startsWith('pc-q35-'))
    .toSorted(byVersion.compare)
    .toReversed()
    .slice(0, 5)
}

const labelWidth = 12
const textWidth = 80 - labelWidth

function lines<T>(fact: Fact<T>, render: (known: T) => readonly string[]): readonly string[] {
  if (!('known' in fact)) return [`not known: ${fact.unknown}`]
  const rendered = render(fact.known).filter((line) => line !== '')
  return rendered.length === 0 ? ['none'] : rendered
}

/** A label, and beside it lines that are broken at blanks. */
function row(label: string, texts: readonly string[]): string[] {
  const broken = texts.flatMap((text) => {
    const found: string[] = []
    for (const word of text.split(' ')) {
      const last = found.at(-1)
      if (last === undefined || last.length + 1 + word.length > textWidth) found.push(word)
      else found[found.length - 1] = `${last} ${word}`
    }
    return found
  })
  return broken.map((line, index) => `${(index === 0 ? label : '').padEnd(labelWidth)}${line}`)
}
