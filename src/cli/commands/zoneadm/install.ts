import { extname, resolve } from 'node:path'
import { Exit } from '../../../errors.ts'
import { zoneCommand } from '../../command.ts'
import { printLine } from '../../io.ts'
import { LifecycleView } from '../../lifecycle-view.ts'
import { mediumOption, mediumUri } from '../../medium.ts'
import { unknownName, usageError } from '../../usage-error.ts'

const keys = ['image', 'format', 'kernel', 'initrd'] as const
/** An option without a value, as Solaris has it. */
const initializeOption = 'initialize-hostdata'
type Key = (typeof keys)[number]
type Format = 'raw' | 'qcow2'

const formatOfExtension: Readonly<Record<string, Format>> = {
  '.raw': 'raw',
  '.img': 'raw',
  '.qcow2': 'qcow2',
}

export const install = zoneCommand({
  name: 'install',
  summary: 'Install the zone: make its boot device, from an image or blank',
  synopsis: '[-b medium] [-x image=FILE [-x format=raw|qcow2]] [-x kernel=FILE [-x initrd=FILE]]',
  operands: [],
  options: {
    ...mediumOption,
    extended: { type: 'string', short: 'x', multiple: true, value: 'name=value', help: 'see below' },
  },
  details: [
    'image=FILE    disk image that is copied onto the boot device',
    'format=NAME   format of the image, raw or qcow2; needed if its name does not end in .raw, .img or .qcow2',
    'kernel=FILE   kernel for a guest without a boot loader',
    'initrd=FILE   its initial RAM disk',
    'initialize-hostdata   whatever is at the end of the first boot device is needed by nobody, nor are host data on others',
    '                      and no other host runs a zone on them: where host data cannot be opened, nobody can see that',
    'With -b the disks are made blank, and the zone is booted from the medium: its installer is on the console (zlogin -C). When it resets',
    'the machine the guest starts from its disk. The CD drive is there until the machine is started anew (zoneadm reboot);',
    'until then the zone does not migrate.',
  ],

  async run(context, _, { extended = [], medium }) {
    const { zone, io, signal, agent } = context
    const params = installParameters(extended, medium)
    const { seconds } = await installed()
    printLine(io.stdout, `Done: Installation completed in ${seconds.toFixed(3)} seconds.`)
    return Exit.ok

    async function installed() {
      using view = new LifecycleView(context)
      const onProgress = view.progress.bind(view)
      return (await agent()).call('zone/install', { zone, ...params }, { signal, onProgress })
    }
  },
})

/**
 * What the extended options ask for, with absolute paths: zonesd runs in another folder.
 *
 * @throws ZoneError USAGE
 */
export function installParameters(extended: readonly string[], medium?: string) {
  const given = new Map<Key, string>()
  const values = extended.filter((option) => option !== initializeOption)
  for (const option of values) {
    const [, name = option, value = ''] = /^([^=]*)=(.*)$/s.exec(option) ?? []
    const key = keys.find((candidate) => candidate === name)
    if (key === undefined) throw unknownName('option -x', name, [...keys, initializeOption])
    if (value === '') throw usageError(`-x ${key} needs a value: -x ${key}=VALUE`)
    given.set(key, value)
  }
  const image = given.get('image')
  const [kernel, initrd, format] = [given.get('kernel'), given.get('initrd'), given.get('format')]
  if (format !== undefined && image === undefined) throw usageError('-x format needs -x image')
  if (initrd !== undefined && kernel === undefined) throw usageError('-x initrd needs -x kernel')
  if (medium !== undefined && kernel !== undefined)
    throw usageError('-b and -x kernel exclude each other: the zone boots from one or the other')
  return {
    image: image === undefined ? null : { path: resolve(image), format: imageFormat(image, format) },
    kernel: kernel === undefined ? null : resolve(kernel),
    initrd: initrd === undefined ? null : resolve(initrd),
    medium: mediumUri(medium),
    initialize: extended.includes(initializeOption),
  }
}

function imageFormat(image: string, named: string | undefined): Format {
  if (named === 'raw' || named === 'qcow2') return named
  if (named !== undefined) throw unknownName('image format', named, ['raw', 'qcow2'])
  const format = formatOfExtension[extname(image).toLowerCase()]
  if (format !== undefined) return format
  throw usageError(
    `the format of "${image}" cannot be told from its name: add -x format=raw or -x format=qcow2`,
  )
}
