import { type BootRecord, type CpuModel, type Hypervisor, isKnown } from '../../facts/schema.ts'
import { exactBytes } from '../bytes.ts'
import { modelsByName, wordSet } from '../facts-index.ts'
import { describeVersions, familyOf, versionsOf } from '../machine-versions.ts'
import { configureBoth, lowerLevel, updateQemu } from '../remedies.ts'
import { type Context, type DifferenceDraft, rule } from '../rule.ts'

export const hypervisorWayBack = rule({
  id: 'hypervisor/way-back',
  title: 'The zone could return to the host that it leaves',
  doc:
    'If an upgrade goes wrong, the way back is needed. It is cut off if the QEMU that is installed on the source now ' +
    'no longer knows the machine or the CPU of the guest, or gives that CPU without a feature that the guest has (it was ' +
    'changed after the guest booted), if its firmware has another size by now, if the source has changed its accelerator, or if host-compatible=native lets the next boot on the target choose a machine that ' +
    'the source does not know.',
  remedy: 'Make the source able to take the zone back before it leaves, or give up host-compatible=native.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'warning',
  needs: {
    booted: 'boot',
    here: 'source.hypervisor',
    models: 'source.cpuModels',
    firmware: 'source.firmware',
    there: 'target.hypervisor',
  },
  wants: { theirs: 'target.cpuModels', nested: 'target.nested', existing: 'targetContract' },
  *check({ booted, here, models, firmware, there, theirs, nested, existing }, context) {
    const why = `The zone could not return to ${context.source.host.name}`
    yield* machineThatIsGone(booted, here, context, why)
    yield* cpuThatIsGone(booted.cpuModel, models, why)
    if (context.intent.kind !== 'cold') {
      const refused = nested === true ? ['invtsc'] : ['invtsc', 'svm', 'vmx']
      yield* featuresThatAreGone(booted, [models, theirs ?? []], refused, why)
      yield* firmwareThatIsGone(booted, firmware, why)
    }
    if (here.accelerator !== booted.accelerator) {
      yield {
        property: 'accelerator',
        source: `${here.accelerator} for new guests (${here.acceleratorReason})`,
        target: `${booted.accelerator} (what the guest keeps)`,
        why,
        remedies: [],
      }
    }
    const { hostCompatible } = context.contract
    const change = lowerLevel(hostCompatible)
    if (change === undefined || !hostCompatible.includes('native')) return
    const family = familyOf(booted.machineType)
    const newest = versionsOf(family, there.machineTypes).at(-1)
    if (newest === undefined || wordSet(here.machineTypes).has(newest)) return
    yield {
      property: 'host-compatible',
      source: `native, ${describeVersions(family, here.machineTypes)}`,
      target: `native, ${newest} from the next boot on`,
      why,
      remedies: [
        {
          how: 'Set the level that every host has, if the zone is to come back: it holds from the next boot on',
          commands: configureBoth(context.zone.name, existing !== undefined && existing !== null, change),
        },
      ],
    }
  },
})

function* machineThatIsGone(
  { machineType }: BootRecord,
  here: Hypervisor,
  context: Context,
  why: string,
): Generator<DifferenceDraft> {
  if (wordSet(here.machineTypes).has(machineType)) return
  const versions = describeVersions(familyOf(machineType), here.machineTypes)
  yield {
    property: 'host-compatible',
    source: `${versions} (QEMU ${here.qemuVersion}, as installed now)`,
    target: `${machineType} (the machine that the guest keeps)`,
    why,
    remedies: [updateQemu('source', context, `a QEMU that knows ${machineType}`)],
  }
}

function* cpuThatIsGone(name: string, models: readonly CpuModel[], why: string): Generator<DifferenceDraft> {
  const model = modelsByName(models).get(name)
  if (model !== undefined && model.unavailableFeatures.length === 0) return
  yield {
    property: 'cpu-arch',
    source:
      model === undefined
        ? 'not known to QEMU there any more'
        : `lacks ${model.unavailableFeatures.toSorted().join(', ')} now`,
    target: `${name} (what the guest keeps)`,
    why,
    remedies: [],
  }
}

/**
 * The model may still be there, and mean less than when the guest booted.
 *
 * @param refused features for which the guest cannot leave anyway; nor can it for one that the target does not give. Of
 *   these nobody needs to be warned as well.
 */
function* featuresThatAreGone(
  { cpuModel, cpuFeatures }: BootRecord,
  hosts: readonly [readonly CpuModel[], readonly CpuModel[]],
  refused: readonly string[],
  why: string,
): Generator<DifferenceDraft> {
  const [here, there] = hosts.map((models) => givenBy(modelsByName(models).get(cpuModel)))
  if (here === undefined || there === undefined) return
  const gone = cpuFeatures.filter(
    (feature) => !here.has(feature) && there.has(feature) && !refused.includes(feature),
  )
  if (gone.length === 0) return
  const names = gone.toSorted().join(', ')
  yield {
    property: 'cpu-arch',
    source: `${cpuModel} is without ${names} now`,
    target: `the guest keeps ${names}`,
    why,
    remedies: [],
  }
}

/** Undefined: it is not there, or lacks something, which is told already; or what it means could not be read. */
function givenBy(model: CpuModel | undefined): ReadonlySet<string> | undefined {
  if (model === undefined || model.unavailableFeatures.length > 0 || !isKnown(model.features))
    return undefined
  return wordSet(model.features.known)
}

/** A zone that is down has none: it boots with whatever there is. */
function* firmwareThatIsGone(
  { firmware }: BootRecord,
  [file]: readonly { readonly path: string; readonly sizeBytes: number }[],
  why: string,
): Generator<DifferenceDraft> {
  // What is not known of the guest's is said by the rule that needs it for the way there.
  if (!isKnown(firmware) || file?.sizeBytes === firmware.known.sizeBytes) return
  yield {
    property: 'firmware',
    source:
      file === undefined
        ? 'QEMU finds no BIOS any more'
        : `BIOS of ${exactBytes(file.sizeBytes)} now (${file.path})`,
    target: `BIOS of ${exactBytes(firmware.known.sizeBytes)} (what the guest keeps)`,
    why,
    remedies: [{ how: 'Install the firmware package that the source had when the guest booted' }],
  }
}
