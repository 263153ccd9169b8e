import { formatSuri } from '../zone/suri/format-suri.ts'
import type { RbdSuri } from '../zone/suri/suri.ts'
import { readCredentials } from './credentials.ts'
import type { StorageDriver } from './driver.ts'

/** An image in a Ceph pool. Where the cluster is, its own configuration of this host says: /etc/ceph/ceph.conf. */
export const rbdDriver: StorageDriver<RbdSuri> = {
  async protocol(suri, context, name) {
    const { pool, namespace, image } = suri
    const node = {
      driver: 'rbd',
      pool,
      ...(namespace === undefined ? {} : { namespace }),
      image,
      discard: 'unmap',
    }
    const credentials = await readCredentials(context, 'rbd', [pool])
    if (credentials === undefined) return { node }
    // Ceph writes its keys in base64, and so the file has it.
    const secret = {
      'qom-type': 'secret',
      id: `${name}-secret`,
      file: credentials.secretFile,
      format: 'base64',
    }
    return { node: { ...node, user: credentials.user, 'key-secret': secret.id }, objects: [secret] }
  },

  place: (suri) => formatSuri(suri),
}
