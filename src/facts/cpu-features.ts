import type { QmpConnection, QmpWaitOptions } from '../qmp/connection.ts'
import { cpuModelExpansionSchema } from '../qmp/schemas.ts'
import { parseCpuWords } from './cpu-words.ts'

/**
 * The features that are on in the definition of a CPU, whether or not this host can give them: QEMU leaves out what
 * the host lacks only when it makes the CPU. The `static` expansion has exactly the features, each under one name;
 * the `full` one has further switches and second names, which differ from version to version.
 *
 * @param cpu as `-cpu` takes it
 * @throws QmpError if QEMU does not know the model or a property
 */
export async function definedFeatures(
  qmp: QmpConnection,
  cpu: string,
  options: QmpWaitOptions = {},
): Promise<Set<string>> {
  const model = parseCpuWords(cpu)
  const expansion = await qmp.execute(
    'query-cpu-model-expansion',
    { type: 'static', model },
    { ...options, schema: cpuModelExpansionSchema },
  )
  const props = Object.entries(expansion.model.props ?? {})
  return new Set(props.filter(([, on]) => on === true).map(([name]) => name))
}
