import { ZoneError } from '../errors.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { IscsiSuri } from '../zone/suri/suri.ts'
import type { StorageDriver } from './driver.ts'

const defaultPort = 3260

/** A logical unit that QEMU's own initiator opens: the host needs neither iSCSI service nor kernel support. */
export const iscsiDriver: StorageDriver<IscsiSuri> = {
  protocolNode(suri, { initiatorName }) {
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
    return {
      driver: 'iscsi',
      transport: 'tcp',
      portal: `${host.includes(':') ? `[${host}]` : host}:${port}`,
      target: unit.target,
      lun: unit.lun,
      'initiator-name': initiatorName,
      timeout: 30,
    }
  },
}
