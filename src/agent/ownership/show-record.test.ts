import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { hostNamed, options, still } from '../../../test/fixtures/agent/two-hosts.ts'
import { ZoneError } from '../../errors.ts'
import { areaBytes, readArea } from '../../hostdata/owner-record/area.ts'
import { slotBytes } from '../../hostdata/owner-record/slot.ts'
import { openFileStore } from '../../storage/file-store.ts'
import { attachZone } from '../lifecycle/attach.ts'
import { installZone } from '../lifecycle/install.ts'
import { showHostData } from './show-record.ts'

/** Pieces of a real area, moved, cut, and strewn with noise: most of them are nearly right. */
const tails = (area: Buffer) =>
  fc
    .record({
      noise: fc.array(
        fc.tuple(
          fc.oneof(
            fc.nat(slotBytes),
            fc.integer({ min: areaBytes / 2, max: areaBytes / 2 + slotBytes }),
            fc.nat(areaBytes),
          ),
          fc.uint8Array({ minLength: 1, maxLength: 64 }),
        ),
        { maxLength: 4 },
      ),
      from: fc.constantFrom(0, 0, 0, 1, 512, slotBytes, areaBytes / 2, areaBytes),
      cut: fc.constantFrom(0, 0, 0, 1, 511, areaBytes / 2, areaBytes, areaBytes + 1),
      before: fc.constantFrom(0, 1, 512, 3 * areaBytes),
    })
    .map(({ noise, from, cut, before }) => {
      const changed = Buffer.from(area)
      for (const [offset, bytes] of noise) changed.set(bytes.subarray(0, areaBytes - offset), offset)
      const disk = Buffer.concat([Buffer.alloc(before), changed.subarray(from)])
      return disk.subarray(0, Math.max(0, disk.length - cut))
    })

test('Whatever is at the end of a disk, it is shown or told by name, at attach as well', async () => {
  await using alpha = await hostNamed('alpha')
  const { rig, zone, disk } = alpha
  const { host } = rig
  await installZone(host, zone, options, still)
  const area = await (async () => {
    await using store = await openFileStore(disk, 'read')
    return readArea(store, 8 * areaBytes)
  })()
  const ofOwner = zone.record
  // A host that knows the zone, and one that has never seen it.
  const records = [ofOwner, { ...ofOwner, uuid: null, hostData: undefined }]
  await fc.assert(
    fc.asyncProperty(tails(area), fc.constantFrom(...records), async (content, record) => {
      await writeFile(disk, content)
      await host.registry.update(zone, { ...record, state: 'unavailable' })
      const shown = await showHostData(host, { zone: 'web1' })
      assert.ok(shown !== undefined && ['blank', 'data', 'host data'].includes(shown.status))
      try {
        await attachZone(host, zone, still)
        assert.equal(zone.state, 'installed')
      } catch (error) {
        assert.ok(error instanceof ZoneError, `${error as Error}`)
        assert.match(error.code, /^(HOSTDATA_[A-Z]+|KEY_WRONG|DISK_TOO_SMALL|STORAGE_[A-Z]+)$/)
        assert.ok((error.remedy ?? '') !== '', error.message)
        assert.equal(zone.state, 'unavailable')
      }
    }),
    { numRuns: 60 },
  )
})
