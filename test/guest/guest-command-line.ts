export interface GuestSettings {
  /** Address with prefix length, e.g. `10.77.0.100/24`; without one the guest has no network. */
  readonly address?: string
  readonly gateway?: string
  /** Memory that the guest dirties, in MiB a second. */
  readonly dirtyMibPerSecond?: number
  /** The part of its memory that it dirties again and again; 128 MiB if not given. */
  readonly dirtyAreaMib?: number
}

/** The kernel command line of the test guest: console on the serial port, and what makes it boot fast under TCG. */
export function guestCommandLine({
  address,
  gateway,
  dirtyMibPerSecond,
  dirtyAreaMib,
}: GuestSettings = {}): string {
  return [
    'console=ttyS0 quiet panic=1 mitigations=off no_timer_check cryptomgr.notests',
    ...(address === undefined ? [] : [`kz.ip=${address}`]),
    ...(gateway === undefined ? [] : [`kz.gw=${gateway}`]),
    ...(dirtyMibPerSecond === undefined ? [] : [`kz.dirty=${dirtyMibPerSecond}`]),
    ...(dirtyAreaMib === undefined ? [] : [`kz.area=${dirtyAreaMib}`]),
  ].join(' ')
}
