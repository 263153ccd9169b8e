import { cpuRemedies } from '../cpu-remedies.ts'
import { wordSet } from '../facts-index.ts'
import { rule } from '../rule.ts'

/** Models of QEMU that mean "whatever this host has". */
const hostModels = ['host', 'max']

export const cpuTied = rule({
  id: 'cpu/tied',
  title: 'The CPU of the guest is not tied to one host',
  doc:
    'The models host and max of QEMU mean another CPU on each host and in each QEMU, with family, model and caches ' +
    'that no list of features shows. An invariant TSC (invtsc) promises the guest a clock that runs at the speed of ' +
    'one host for ever. Neither survives a move to a processor of another kind.',
  remedy: 'Set cpu-arch to a class that both hosts have, and reboot the zone.',
  kinds: ['warm', 'live'],
  severity: 'error',
  needs: { booted: 'boot', here: 'source.cpu', there: 'target.cpu', theirs: 'target.cpuModels' },
  wants: { ours: 'source.cpuModels', existing: 'targetContract' },
  *check({ booted, here, there, theirs, ours, existing }, context) {
    const model = hostModels.find(
      (name) => booted.cpuModel === name || booted.cpuModel.startsWith(`${name},`),
    )
    const isHosts = model !== undefined && here.model !== there.model
    const isTimed = wordSet(booted.cpuFeatures).has('invtsc')
    if (!isHosts && !isTimed) return
    yield {
      property: 'cpu-arch',
      source: `${isTimed ? 'invariant TSC (invtsc)' : model} on ${here.model}`,
      target: there.model,
      why: isTimed
        ? 'The guest counts on a clock that runs at the speed of the host that it leaves'
        : 'The CPU of the guest is that of its host and would change under the running guest',
      remedies: cpuRemedies(context, booted, { here: ours, there: theirs }, existing),
    }
  },
})
