import type { QmpConnection } from '../qmp/connection.ts'
import { blockSchema } from '../qmp/schemas.ts'

/** The drives of a machine as QEMU sees them, with what has failed of them. */
export const blockDevices = (qmp: QmpConnection) => qmp.execute('query-block', {}, { schema: blockSchema })

/** QEMU names a disk by its place among the devices: `/machine/peripheral/device0/virtio-backend`. */
export const isDisk = ({ qdev = '' }: { readonly qdev?: string | undefined }, id: number): boolean =>
  qdev.split('/').includes(`device${id}`)
