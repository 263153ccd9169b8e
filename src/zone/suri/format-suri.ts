import type { Authority, IscsiSuri, Suri, WorldWideName } from './suri.ts'

/** Prints a storage URI in canonical form: two URIs of the same storage unit print the same. */
export function formatSuri(suri: Suri): string {
  switch (suri.scheme) {
    case 'dev':
      return `dev:${suri.path}`
    case 'file':
      return `file://${suri.path}`
    case 'lu': {
      const luname = `luname.${formatName(suri.luname)}`
      if (suri.path === undefined) return `lu:${luname}`
      const { initiator, target } = suri.path
      return `lu:initiator.${formatName(initiator)},target.${formatName(target)},${luname}`
    }
    case 'iscsi':
      return `iscsi://${formatAuthority(suri.authority)}/${formatUnit(suri.unit)}`
    case 'nfs': {
      const owner = suri.owner === undefined ? '' : `${suri.owner.user}:${suri.owner.group}@`
      return `nfs://${owner}${formatAuthority(suri.authority)}${suri.path}`
    }
    case 'nbd':
      return `${suri.tls ? 'nbds' : 'nbd'}://${formatAuthority(suri.authority)}${suri.export === '' ? '' : `/${suri.export}`}`
    case 'rbd':
      return `rbd:${[suri.pool, ...(suri.namespace === undefined ? [] : [suri.namespace]), suri.image].join('/')}`
  }
}

function formatName({ format, hex }: WorldWideName): string {
  return `${format}.${hex}`
}

function formatUnit(unit: IscsiSuri['unit']): string {
  return unit.by === 'luname' ? `luname.${formatName(unit.luname)}` : `target.${unit.target},lun.${unit.lun}`
}

function formatAuthority(authority: Authority | undefined): string {
  if (authority === undefined) return ''
  const host = authority.host.includes(':') ? `[${authority.host}]` : authority.host
  return authority.port === undefined ? host : `${host}:${authority.port}`
}
