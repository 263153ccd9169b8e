import { succeed } from '../e2e/guest-zone.ts'
import { configurationOn } from './leftovers.ts'
import { type FaultHost, zone } from './world.ts'

/** Gives the target a configuration of the zone that differs from the source's in something that matters to no guest. */
export async function configureOtherwise(source: FaultHost, target: FaultHost): Promise<void> {
  const ofSource = configurationOn(source) ?? ''
  const differing = `set boot-priority=${ofSource.includes('boot-priority=low') ? 'high' : 'low'}`
  const whole = configurationOn(target) === undefined ? ofSource : ''
  await succeed(target.host, 'zonecfg', '-z', zone, `${whole}\n${differing}`)
}
