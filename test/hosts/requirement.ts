import { userInfo } from 'node:os'

/** Why this machine or user cannot run a test with namespaces; undefined if it can. For `skip` of a test. */
export function whyNoNamespaces(): string | undefined {
  return userInfo().uid === 0 ? undefined : 'needs root, for network namespaces'
}
