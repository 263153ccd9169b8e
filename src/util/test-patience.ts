/** Read once. One: as an operator has it. */
const scale = Number(process.env['KZ_TEST_PATIENCE'] ?? '1')

/**
 * A lease or a time to wait, in milliseconds, as it is, unless a fault test has shortened all of them by the environment
 * variable KZ_TEST_PATIENCE (a number between 0 and 1), so that it need not wait them out. No installation sets it.
 *
 * @param ms what holds in use
 */
export function patienceMs(ms: number): number {
  return scale > 0 && scale < 1 ? Math.max(1, Math.round(ms * scale)) : ms
}
