import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { runChecked } from '../hosts/run.ts'

const readCount = join(import.meta.dirname, 'initramfs/read-count')

test('The counter is read whole or not at all, also while it gets one more digit', async () => {
  await using folder = await temporaryFolder()
  const script = `
    count=${folder.path}/count
    . ${readCount}
    echo 0 0 > $count
    while :; do echo 999 999 > $count; echo 1000 1000 > $count; done &
    writer=$!
    seen=0
    until [ $seen -eq 2000 ]; do
      read_count || continue
      seen=$((seen + 1))
      case $n in 0 | 999 | 1000) ;; *) echo "$n" ;; esac
    done
    kill $writer`
  assert.equal(await runChecked(['busybox', 'sh', '-c', script]), '')
})
