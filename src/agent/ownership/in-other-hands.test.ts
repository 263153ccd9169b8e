import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownerOf, still, twoHosts } from '../../../test/fixtures/agent/two-hosts.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { bootZone } from '../lifecycle/boot.ts'
import { uninstallZone } from '../lifecycle/install.ts'
import { endRunning } from '../lifecycle/run-zone.ts'
import { rekeyZone } from './rekey.ts'
import { lookAtOwner } from './watch-owners.ts'

test('Uninstalled where it was taken over from, its disk stays, also if nobody there can tell whose it is', async () => {
  for (const isRekeyed of [false, true]) {
    await using hosts = await twoHosts()
    const { alpha, beta } = hosts
    await attachZone(beta.rig.host, beta.zone, still, { takeover: true })
    await lookAtOwner(alpha.rig.host, alpha.zone, { resting: true })
    assert.equal(alpha.zone.state, 'unavailable')
    if (isRekeyed) await rekeyZone(beta.rig.host, beta.zone)
    const lines: string[] = []
    await uninstallZone(alpha.rig.host, alpha.zone, (it) => lines.push(it.kind === 'line' ? it.text : ''))
    assert.equal(alpha.zone.state, 'configured')
    assert.match(
      lines.join('\n'),
      isRekeyed
        ? /stays as it is, since nobody can tell whose it is .*suriadm delete/
        : /stays as it is, since host beta has the zone \(installed\); .*suriadm delete/,
    )
    assert.deepEqual(await ownerOf(beta), ['beta', 'installed', 2])
    await bootZone(beta.rig.host, beta.zone, {})
    await endRunning(beta.rig.host, beta.zone)
  }
})
