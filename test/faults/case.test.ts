import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayLoseGuest } from './case.ts'
import { casesLike } from './plan.ts'

const mayLose = (name: string) => casesLike(name).map(mayLoseGuest)

test('mayLoseGuest() only with what runs it: the source, then the target; while it is undone, the source', () => {
  assert.deepEqual(mayLose('prepare.begin:reboot-source,reboot-target:live'), [true, false])
  assert.deepEqual(mayLose('hand-over.begin:reboot-source,reboot-target:live'), [true, true])
  assert.deepEqual(mayLose('probe.begin:reboot-source,reboot-target:live'), [false, true])
  assert.deepEqual(mayLose('transfer.undo:reboot-source,reboot-target:live'), [true, false])
  assert.deepEqual(mayLose('suspend.writing,suspend.whole:kill-source-qemu,reboot-source:suspend'), [
    true,
    true,
    false,
    false,
  ])
  assert.deepEqual(mayLose('resume.loaded,resume.recorded:kill-source-qemu:resume'), [false, true])
  assert.deepEqual(mayLose('hand-over.begin,go.marked:kill-target-qemu:live'), [false, true])
  const ends = 'kill-target-qemu,kill-target-zonesd,reboot-target'
  assert.deepEqual(mayLose(`transfer.end:kill-source-qemu,kill-ssh,${ends}:postcopy`), [
    ...[true, false, false, false, true],
  ])
  assert.deepEqual(mayLose(`drain.begin:kill-source-qemu,${ends}:postcopy`), [true, true, false, true])
  assert.deepEqual(mayLose('transfer.active:cancel,no-storage-long:live'), [false, false])
})
