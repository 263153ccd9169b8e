import { ZoneError } from '../errors.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { IscsiSuri } from '../zone/suri/suri.ts'
import type { StorageContext, StorageDriver } from './driver.ts'
import { type IscsiPlace, IscsiSession } from './iscsi-session.ts'
import { readKeys, registerKey } from './registration-keys.ts'

const defaultPort = 3260

/** A logical unit that QEMU's own initiator opens: the host needs neither iSCSI service nor kernel support. */
export const iscsiDriver: StorageDriver<IscsiSuri> = {
  protocolNode(suri, context) {
    const { host, port, target, lun, initiatorName } = placeOf(suri, context)
    return {
      driver: 'iscsi',
      transport: 'tcp',
      portal: `${host.includes(':') ? `[${host}]` : host}:${port}`,
      target,
      lun,
      'initiator-name': initiatorName,
      timeout: 30,
    }
  },

  async placeMark(suri, context, mark, signal) {
    await using undo = new AsyncDisposableStack()
    const session = undo.use(await IscsiSession.open(placeOf(suri, context), signal))
    await registerKey(session, mark)
    undo.defer(() => registerKey(session).catch(() => undefined))
    return undo.move()
  },

  async seesMark(suri, context, mark, signal) {
    await using session = await IscsiSession.open(placeOf(suri, context), signal)
    return (await readKeys(session)).some((key) => key.equals(mark))
  },
}

/** @throws ZoneError SURI_UNSUPPORTED */
function placeOf(suri: IscsiSuri, { initiatorName }: StorageContext): IscsiPlace {
  const { authority, unit } = suri
  if (unit.by === 'luname' || authority === undefined) {
    throw new ZoneError(
      `Cannot open "${formatSuri(suri)}": this release finds no logical unit by its name alone`,
      {
        code: 'SURI_UNSUPPORTED',
        remedy: 'Name host, target and number: iscsi://HOST[:PORT]/target.IQN,lun.N',
      },
    )
  }
  const { host, port = defaultPort } = authority
  return { host, port, target: unit.target, lun: unit.lun, initiatorName }
}
