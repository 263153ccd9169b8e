import { migrateWith } from '../remedies.ts'
import { rule } from '../rule.ts'

/** The end of a pass with its look: up to 100 ms until QEMU sends on, some 60 ms of sending, and 110 ms until it has reckoned anew (decision 17). */
const leastEmulatedPauseMs = 300

export const memoryPause = rule({
  id: 'memory/pause',
  title: 'The guest can be sent within the pause that is allowed',
  doc:
    'A guest whose processors are emulated (TCG) stands still at the end of each pass over its memory, since QEMU may look at ' +
    `what it has changed only then: for up to ${leastEmulatedPauseMs} ms. So no shorter pause can be promised to it. A guest that runs on KVM is ` +
    'stopped once, at the end. Where a pause was named, one that comes to more is undone, and the migration tried again, three times in all.',
  remedy: `Allow ${leastEmulatedPauseMs} ms or more, or run the guest on KVM.`,
  kinds: ['live'],
  severity: 'error',
  needs: { booted: 'boot' },
  check({ booted }, context) {
    const { maxPauseMs } = context.intent
    if (booted.accelerator !== 'tcg' || maxPauseMs === undefined || maxPauseMs >= leastEmulatedPauseMs)
      return []
    return [
      {
        property: 'pause',
        source: `${leastEmulatedPauseMs} ms at the end of each pass: the guest is emulated (tcg)`,
        target: `--max-pause ${maxPauseMs}ms`,
        why: 'The guest would stand still for longer than is allowed, again and again',
        remedies: [
          {
            how: 'Allow as long as that',
            commands: [migrateWith(context, '--max-pause', `${leastEmulatedPauseMs}ms`)],
          },
        ],
      },
    ]
  },
})
