import type { CommandTable } from '../../command.ts'
import { unknownName } from '../../usage-error.ts'
import { attach } from './attach.ts'
import { boot } from './boot.ts'
import { check } from './check.ts'
import { clone } from './clone.ts'
import { detach } from './detach.ts'
import { facts } from './facts.ts'
import { halt } from './halt.ts'
import { help } from './help.ts'
import { install } from './install.ts'
import { list } from './list.ts'
import { mark } from './mark.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations.ts'
import { move } from './move.ts'
import { reboot } from './reboot.ts'
import { rekey } from './rekey.ts'
import { rename } from './rename.ts'
import { shutdown } from './shutdown.ts'
import { suspend } from './suspend.ts'
import { uninstall } from './uninstall.ts'
import { verify } from './verify.ts'

/**
 * The subcommands of zoneadm, in the order of the help. They are imported at once: together they are small, and a file
 * of its own costs each more time to find than to read. What is large (the connection to zonesd) is imported on use.
 */
const all = [
  list,
  verify,
  install,
  clone,
  boot,
  shutdown,
  halt,
  reboot,
  suspend,
  move,
  migrate,
  migrations,
  check,
  detach,
  attach,
  rekey,
  uninstall,
  rename,
  mark,
  facts,
  help,
]

export const zoneadmCommands: CommandTable = {
  all,
  find(name) {
    const found = all.find((candidate) => candidate.name === name)
    if (found !== undefined) return found
    throw unknownName(
      'subcommand',
      name,
      all.map((candidate) => candidate.name),
    )
  },
}
