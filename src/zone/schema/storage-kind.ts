import { parseSuri, suriSchemes } from '../suri/parse-suri.ts'
import type { ValueKind } from './value-kind.ts'

/** A storage URI, kept as the operator wrote it. */
export const storageUri: ValueKind = {
  name: 'storage URI',
  expects: 'a storage URI such as iscsi://host/target.iqn.2026-11.org.example:disk,lun.1 or file:///disk.img',
  list: false,
  values: suriSchemes.map((scheme) => `${scheme}:`),
  canonical(given) {
    parseSuri(given)
    return given
  },
}
