import { rule } from '../rule.ts'

export const networkMac = rule({
  id: 'network/mac',
  title: 'No other zone of the target has a MAC address of this zone',
  doc:
    'Two NICs with one MAC address in one network take the traffic from each other, in turns. That a zone was cloned ' +
    'or its configuration copied is the usual cause.',
  remedy: 'Give one of the zones another address.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { zones: 'target.zones' },
  *check({ zones }, { contract, zone }) {
    for (const { kind, id, macAddress } of contract.nics) {
      if (macAddress === undefined) continue
      for (const other of zones) {
        if (other.uuid === zone.uuid || other.name === zone.name || !other.macAddresses.includes(macAddress))
          continue
        yield {
          property: `${kind} ${id}:mac-address`,
          source: macAddress,
          target: `used by zone ${other.name}`,
          why: 'Both would take the traffic from each other',
          remedies: [
            {
              how: `Give ${other.name} another address, and reboot it`,
              on: 'target',
              commands: [`zonecfg -z ${other.name} info anet`],
            },
          ],
        }
      }
    }
  },
})
