import { access, constants } from 'node:fs/promises'
import { ZoneError } from '../errors.ts'
import { runTrialGuest } from './run-trial-guest.ts'

export interface AcceleratorVerdict {
  readonly accelerator: 'kvm' | 'tcg'
  /** Why this one, as a sentence without a period. */
  readonly reason: string
  /** The trial ended by lack of time: another one may end otherwise. */
  readonly isFleeting: boolean
}

export interface AcceleratorOptions {
  /** Program name or path of QEMU. */
  readonly binary: string
  /** The CPU that zones get by default, as `-cpu` takes it: KVM that cannot make it is of no use. */
  readonly cpu: string
  readonly signal?: AbortSignal | undefined
  /** The device of KVM; another one only in tests. */
  readonly kvmDevice?: string
}

/**
 * What forbids or orders an accelerator before any trial: the variable KZ_ACCEL (`kvm` or `tcg`), and a /dev/kvm that
 * is not there or may not be opened.
 *
 * @returns undefined if only a trial can tell
 * @throws ZoneError ACCEL_UNKNOWN if KZ_ACCEL has another value
 */
export async function acceleratorWithoutTrial(
  kvmDevice = '/dev/kvm',
  override = process.env['KZ_ACCEL'],
): Promise<AcceleratorVerdict | undefined> {
  if (override === 'kvm' || override === 'tcg') {
    return { accelerator: override, reason: `KZ_ACCEL is set to "${override}"`, isFleeting: false }
  }
  if (override !== undefined && override !== '') {
    throw new ZoneError(`KZ_ACCEL is set to "${override}", which is no accelerator`, {
      code: 'ACCEL_UNKNOWN',
      remedy: 'Set it to kvm or tcg in the environment of zonesd, or unset it',
    })
  }
  try {
    await access(kvmDevice, constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? `${kvmDevice} is not there` : `${kvmDevice} cannot be opened (${code})`
    return { accelerator: 'tcg', reason, isFleeting: false }
  }
}

/**
 * Finds the accelerator with which guests really run here. That /dev/kvm exists says little: nested and emulated KVM
 * may lack what a guest needs. So a small guest has to run to its end under KVM, with the CPU that zones get.
 *
 * @throws ZoneError ACCEL_UNKNOWN; the system's error if QEMU cannot be started; the signal's reason
 */
export async function probeAccelerator(options: AcceleratorOptions): Promise<AcceleratorVerdict> {
  const { binary, cpu, signal, kvmDevice } = options
  const settled = await acceleratorWithoutTrial(kvmDevice)
  if (settled !== undefined) return settled
  const outcome = await runTrialGuest({ binary, accelerator: 'kvm', cpu, signal })
  if (outcome === 'ran')
    return { accelerator: 'kvm', reason: 'a trial guest ran under KVM', isFleeting: false }
  return {
    accelerator: 'tcg',
    reason: `KVM does not run guests: ${outcome.failed}`,
    isFleeting: outcome.timedOut,
  }
}
