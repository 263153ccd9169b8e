import { ZoneError } from '../errors.ts'
import { formatSuri } from '../zone/suri/format-suri.ts'
import type { IscsiSuri } from '../zone/suri/suri.ts'
import { withPort } from '../zone/suri/with-port.ts'
import type { StorageDriver } from './driver.ts'
import { iscsiPort, locate } from './iscsi-locate.ts'
import { IscsiSession } from './iscsi-session.ts'
import { readKeys, registerKey } from './registration-keys.ts'
import { isProtected, readNames } from './scsi-names.ts'

/** A logical unit that QEMU's own initiator opens: the host needs neither iSCSI service nor kernel support. */
export const iscsiDriver: StorageDriver<IscsiSuri> = {
  async protocol(suri, context, name, signal) {
    const { host, port, target, lun, initiatorName, credentials } = await locate(suri, context, signal)
    const node = {
      driver: 'iscsi',
      transport: 'tcp',
      portal: `${host.includes(':') ? `[${host}]` : host}:${port}`,
      target,
      lun,
      'initiator-name': initiatorName,
      timeout: 30,
      discard: 'unmap',
    }
    if (credentials === undefined) return { node }
    const secret = { 'qom-type': 'secret', id: `${name}-secret`, file: credentials.secretFile }
    return { node: { ...node, user: credentials.user, 'password-secret': secret.id }, objects: [secret] }
  },

  // A world-wide name is the same at every portal.
  place({ authority, unit }) {
    const portal = unit.by === 'luname' ? undefined : authority && withPort(authority, iscsiPort)
    return formatSuri({ scheme: 'iscsi', authority: portal, unit })
  },

  // Whether it can be opened is for QEMU to say; only of credentials it does not say enough.
  async look(suri, context, signal) {
    try {
      const place = await locate(suri, context, signal)
      await using session = await IscsiSession.open(place, signal)
      const names = (await readNames(session)).map(({ format, hex }) => `${format}.${hex}`)
      return {
        identity: names[0],
        names: [...names, `target.${place.target.toLowerCase()},lun.${place.lun}`],
        ...((await isProtected(session)) ? { readOnly: 'the logical unit is write-protected' } : {}),
      }
    } catch (error) {
      if (error instanceof ZoneError && error.code === 'ISCSI_UNAUTHENTICATED') throw error
      return {}
    }
  },

  async placeMark(suri, context, mark, signal) {
    await using undo = new AsyncDisposableStack()
    const session = undo.use(await IscsiSession.open(await locate(suri, context, signal), signal))
    await registerKey(session, mark)
    undo.defer(() => registerKey(session).catch(() => undefined))
    return undo.move()
  },

  async seesMark(suri, context, mark, signal) {
    await using session = await IscsiSession.open(await locate(suri, context, signal), signal)
    return (await readKeys(session)).some((key) => key.equals(mark))
  },
}
