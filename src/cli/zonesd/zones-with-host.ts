import type { OperationName } from '../../agent/api.ts'
import { Exit, type ExitCode } from '../../errors.ts'
import type { HostLayout } from '../../util/host-layout.ts'
import { type CliIo, printLine } from '../io.ts'

type WithHost = Extract<OperationName, 'host/boot-zones' | 'host/shutdown-zones'>

/** What is done with the zones when the host starts or goes down. zonesd is started if it does not run. */
export async function zonesWithHost(
  operation: WithHost,
  layout: HostLayout,
  io: CliIo,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { connectAgent } = await import('../../agent/client.ts')
  await using client = await connectAgent(layout, signal)
  const { failed } = await client.call(
    operation,
    {},
    {
      signal,
      onProgress: (progress) => {
        if (progress.kind === 'line') printLine(io.stderr, `zonesd: ${progress.text}`)
      },
    },
  )
  return failed.length === 0 ? Exit.ok : Exit.failed
}
