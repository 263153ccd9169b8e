/**
 * CPU classes: what `cpu-arch` may name. A class is a CPU model with a fixed list of features, the same wherever the
 * zone runs; the host's own model is never passed through, since that would tie the guest to this host. The classes
 * follow the levels of the x86-64 psABI, so that one holds for Intel and AMD alike.
 */
const level2 = ['ssse3', 'sse4.1', 'sse4.2', 'popcnt']
const level2Aes = [...level2, 'aes', 'pclmulqdq']
const level3 = [...level2Aes, 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave']
const level4 = [...level3, 'avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']

const classes: ReadonlyMap<string, readonly string[]> = new Map([
  ['generic', level2],
  ['migration-class1', level2Aes],
  ['migration-class2', level3],
  ['migration-class3', level4],
])

/** The names that `cpu-arch` knows, weakest first. */
export const cpuClassNames: readonly string[] = [...classes.keys()]

const defaultCpuClass = 'generic'

/**
 * QEMU's words for the CPU of a zone: a class, or one of QEMU's own named models as it is.
 *
 * @param cpuArch value of the property, undefined for the default class
 */
export function cpuModel(cpuArch: string | undefined): string {
  const features = classes.get(cpuArch ?? defaultCpuClass)
  if (features === undefined) return cpuArch ?? defaultCpuClass
  return ['qemu64', ...features.map((feature) => `+${feature}`)].join(',')
}
