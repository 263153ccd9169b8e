import type { QmpConnection } from '../qmp/connection.ts'
import { startProbe } from '../qmp/one-shot.ts'
import { qemuBinary } from '../vm/qemu-process.ts'

/** A machine that exists only to be one end of a trial stream; it has no devices and never runs. */
export interface TrialMachine {
  /** Machine type as `-machine` takes it; `none` has the same stream in every QEMU up to its first content. */
  readonly machineType: string
  readonly memoryBytes: number
  /** Memory besides that holds nothing. */
  readonly emptyBytes?: number
  /** What the memory holds: a file of that size, which is not written to. Absent: nothing yet. */
  readonly memoryFile?: string
  /** Wait for a stream. */
  readonly incoming: boolean
}

/**
 * Starts one end of a trial stream. It ends with the connection, and also if this process is killed.
 *
 * @throws ZoneError QEMU_NOT_STARTED; QmpClosedError with QEMU's words; the signal's reason
 */
export function startTrialMachine(machine: TrialMachine, signal: AbortSignal): Promise<QmpConnection> {
  const { machineType, incoming } = machine
  const args = [
    ...['--pdeathsig', 'KILL', qemuBinary],
    ...['-accel', 'tcg', '-nodefaults', '-no-user-config', '-display', 'none', '-S'],
    ...['-machine', machineType],
    ...memoryArguments(machine),
    ...(incoming ? ['-incoming', 'defer'] : []),
  ]
  return startProbe('setpriv', args, { signal })
}

function memoryArguments({ memoryBytes, emptyBytes = 0, memoryFile }: TrialMachine): string[] {
  if (memoryBytes === 0) return []
  const backend =
    memoryFile === undefined
      ? `memory-backend-ram,id=ram,size=${memoryBytes}`
      : `memory-backend-file,id=ram,size=${memoryBytes},mem-path=${memoryFile.replaceAll(',', ',,')},share=off`
  const empty = ['-object', `memory-backend-ram,id=empty,size=${emptyBytes}`, '-numa', 'node,memdev=empty']
  return [
    ...['-object', backend, '-numa', 'node,memdev=ram'],
    ...(emptyBytes === 0 ? [] : empty),
    ...['-m', `${(memoryBytes + emptyBytes) / 1024 ** 2}M`],
  ]
}
