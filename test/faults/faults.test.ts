import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { whyNoNamespaces } from '../hosts/requirement.ts'
import { casesLike } from './plan.ts'
import { runCase } from './run-case.ts'
import { holderOf, standing } from './standing.ts'
import { createWorld, type World } from './world.ts'

// A sample of the matrix, of which test/faults/run.ts runs the whole: what the tests of test/e2e do not have.
const sample = [
  'prepare.begin:ctrl-c:live',
  'transfer.active:cancel:live',
  'transfer.active:clock-source+1h:live',
  'transfer.active:lossy-link:live',
  'transfer.end:no-storage:live',
  'peer-go.begin:kill-source-qemu:live',
  'go.continued:stop-source-qemu:live',
  'go.continued:kill-target-zonesd:live',
  'arrival.recorded:full-source-disk:live',
  'clean-up.begin:kill-source-zonesd:live',
  'peer-reserve.end:reboot-target:live',
  'peer-go.end:kill-ssh:warm',
  'offer.end:reboot-source:cold',
  'peer-go.begin:kill-target-zonesd:live-w',
  'resume.loaded:kill-source-qemu:resume',
]

suite('faults in the middle of a migration', { skip: whyNoNamespaces() ?? false }, () => {
  let world: World

  before(async () => {
    world = await createWorld()
  })

  after(async () => {
    await world[Symbol.asyncDispose]()
    assert.deepEqual(world.lab.leaks(), [])
  })

  for (const name of sample) {
    test(`${name}: one runner, nothing lost, both hosts clean`, async () => {
      const [it] = casesLike(name)
      assert.ok(it !== undefined)
      const { alpha, beta } = world.hosts
      const isAtBeta = holderOf(await standing(alpha, beta)) === 'target'
      const { outcome, violations, output } = await runCase(
        world,
        isAtBeta ? [beta, alpha] : [alpha, beta],
        it,
      )
      assert.deepEqual(violations, [], output)
      assert.notEqual(outcome, undefined)
    })
  }
})
