import { setTimeout as sleep } from 'node:timers/promises'
import type { QmpConnection } from '../../qmp/connection.ts'
import { migrationSchema } from '../../qmp/schemas.ts'
import { patienceMs } from '../../util/test-patience.ts'

const answerTimeoutMs = patienceMs(5_000)
/** The longest time that there is for a timer. */
const foreverMs = 2 ** 31 - 1

const asked = new WeakMap<QmpConnection, Promise<string>>()

/**
 * How the stream into a machine stands, in QEMU's words. With a broken stream QEMU may need a page of the guest to answer
 * anything, which does not come. It is not asked again then: with eight questions that wait QEMU takes in nothing else.
 *
 * @returns undefined: it does not answer
 * @throws QmpClosedError
 */
export async function streamStatus(qmp: QmpConnection): Promise<string | undefined> {
  const answer = asked.get(qmp) ?? ask(qmp)
  const late = new AbortController()
  try {
    return await Promise.race([
      answer,
      sleep(answerTimeoutMs, undefined, { signal: late.signal, ref: false }).catch(() => undefined),
    ])
  } finally {
    late.abort()
  }
}

function ask(qmp: QmpConnection): Promise<string> {
  const options = { schema: migrationSchema, timeoutMs: foreverMs }
  const answer = qmp
    .execute('query-migrate', {}, options)
    .then(({ status }) => status ?? 'none')
    .finally(() => asked.delete(qmp))
  // Whoever waits hears of it.
  answer.catch(() => undefined)
  asked.set(qmp, answer)
  return answer
}
