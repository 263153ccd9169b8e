import type { Command, CommandTable } from '../../command.ts'
import { unknownName } from '../../usage-error.ts'

/** The subcommands of zoneadm, in the order of the help; each is loaded when it is wanted. */
const loaders = {
  list: async () => (await import('./list.ts')).list,
  verify: async () => (await import('./verify.ts')).verify,
  install: async () => (await import('./install.ts')).install,
  boot: async () => (await import('./boot.ts')).boot,
  shutdown: async () => (await import('./shutdown.ts')).shutdown,
  halt: async () => (await import('./halt.ts')).halt,
  reboot: async () => (await import('./reboot.ts')).reboot,
  migrate: async () => (await import('./migrate.ts')).migrate,
  detach: async () => (await import('./detach.ts')).detach,
  attach: async () => (await import('./attach.ts')).attach,
  uninstall: async () => (await import('./uninstall.ts')).uninstall,
  rename: async () => (await import('./rename.ts')).rename,
  mark: async () => (await import('./mark.ts')).mark,
  facts: async () => (await import('./facts.ts')).facts,
  help: async () => (await import('./help.ts')).help,
} as const satisfies Record<string, () => Promise<Command>>

export const zoneadmCommands: CommandTable = {
  async load(name) {
    const loader = Object.entries(loaders).find(([candidate]) => candidate === name)?.[1]
    if (loader === undefined) throw unknownName('subcommand', name, Object.keys(loaders))
    return await loader()
  },
  all: () => Promise.all(Object.values(loaders).map((load) => load())),
}
