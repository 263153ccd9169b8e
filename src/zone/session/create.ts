import { ZoneError } from '../../errors.ts'
import { emptyConfig, type ZoneConfig } from '../config/zone-config.ts'
import type { Command } from '../language/command.ts'
import { nearest } from '../nearest.ts'
import { parseExport } from '../parse-export.ts'
import { otherBrand } from '../schema/other-brands.ts'
import { confirmOrRefuse } from './confirm.ts'
import type { Session, World } from './session.ts'
import { builtInTemplates, defaultTemplate, instantiate } from './templates.ts'

type Create = Extract<Command, { readonly name: 'create' }>

/**
 * `create`: begins a configuration. What the zone had before is replaced at `commit`.
 *
 * @throws {ZoneError} NEEDS_FORCE, TEMPLATE_NOT_FOUND, BRAND_UNSUPPORTED
 */
export async function create(session: Session, command: Create, world: World): Promise<Session> {
  if (session.live) {
    throw new ZoneError('create: a running zone cannot be created anew', {
      code: 'NOT_LIVE',
      remedy: 'Use zonecfg without -r',
    })
  }
  if (session.config !== undefined && !command.force) {
    const name = session.zone === undefined ? 'The configuration' : `Zone ${session.zone}`
    if (!(await confirmOrRefuse(world, `${name} already exists; overwrite it`, 'create -F'))) return session
  }
  const config = await begin(command, world)
  if (command.keepArchive) world.warn('warning: create: -X has no effect')
  return { ...session, config, open: [] }
}

async function begin({ from }: Create, world: World): Promise<ZoneConfig> {
  switch (from.kind) {
    case 'blank':
      return emptyConfig
    case 'archive':
      return await fromFile(from.path, world)
    case 'template':
      return await fromTemplate(from.template, world)
    case 'default':
      world.print(`create: Using system default template '${defaultTemplate}'`)
      return await fromTemplate(defaultTemplate, world)
  }
}

async function fromTemplate(name: string, world: World): Promise<ZoneConfig> {
  const text = (await world.template(name)) ?? builtInTemplates.get(name)
  if (text !== undefined) return instantiate(text, (count) => world.randomBytes(count))
  const meant = nearest(name, builtInTemplates.keys())
  if (/^(SYS|SUNW|OMNI)/.test(name) && meant === undefined) throw otherBrand('template', name)
  throw new ZoneError(`create: there is no template or zone "${name}"`, {
    code: 'TEMPLATE_NOT_FOUND',
    remedy:
      meant === undefined
        ? `Templates: ${[...builtInTemplates.keys()].join(', ')}`
        : `Did you mean "${meant}"?`,
  })
}

async function fromFile(path: string, world: World): Promise<ZoneConfig> {
  const text = await world.readFile(path)
  if (text.startsWith('ustar', 257)) {
    throw new ZoneError(`create: "${path}" is a unified archive, which this release cannot read`, {
      code: 'ARCHIVE_UNSUPPORTED',
      remedy: 'Give the path of a configuration written by "zonecfg export -f"',
    })
  }
  return parseExport(text)
}
