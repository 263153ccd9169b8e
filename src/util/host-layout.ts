import { join } from 'node:path'

/** Where a host keeps what kzone knows: everything lies under one root, so that one machine can hold several hosts. */
export interface HostLayout {
  readonly root: string
  /** Configurations: NAME.cfg in the text of `zonecfg export`. */
  readonly configFolder: string
  readonly stateFolder: string
  readonly runFolder: string
  readonly logFolder: string
  readonly socket: string
  readonly pidFile: string
  readonly lockFile: string
  readonly hostFile: string
  /** Holds the reason as long as no zone may come to this host. */
  readonly maintenanceFile: string
  /** What this host shows to storage servers, by scheme: secrets, mode 0600. */
  credentials(scheme: string): string
  /** Programs that fetch keys of zones from where this host keeps them, by scheme. */
  readonly keyPrograms: string
  /** Sockets and notes of the storage that `suriadm map` has given a path, until the host reboots. */
  readonly mappingFolder: string
  config(zone: string): string
  zoneFolder(zone: string): string
  state(zone: string): string
  /** What is known of a running zone, until the host reboots. */
  runRecord(zone: string): string
  /** How far a zone on its way here has come, until the host reboots. */
  incomingMark(zone: string): string
  /** Files of a guest whose kernel the hypervisor loads itself. */
  kernel(zone: string): string
  initrd(zone: string): string
  /** The zone's key, of its suspend images and host data. */
  key(zone: string): string
  /** A new one, until all that is sealed with the key has been sealed with it. */
  nextKey(zone: string): string
  /** Between zonesd and QEMU, while the state of a guest is saved or loaded. */
  stateSocket(zone: string): string
  /** Of a guest that goes on by post-copy: the stream that takes the place of one that broke. */
  restSocket(zone: string): string
  /** Between zonesd and the helper that opens the storage of a suspend image. */
  imageSocket(zone: string): string
  /** Between zonesd and the helper that opens the host data of a zone. */
  hostDataSocket(zone: string): string
  /** The same for the copies of a record beside the first. */
  replicaSocket(zone: string): string
  qmpSocket(zone: string): string
  consoleSocket(zone: string): string
  /** Where zonesd offers the console to zlogin. */
  zloginSocket(zone: string): string
  qemuPidFile(zone: string): string
  qemuLog(zone: string): string
}

/** The layout under a root folder; by default the one that KZ_ROOT names, or the machine's. */
export function hostLayout(root = process.env['KZ_ROOT'] ?? '/'): HostLayout {
  const configFolder = join(root, 'etc/zones')
  const stateFolder = join(root, 'var/lib/zones')
  const runFolder = join(root, 'run/zones')
  const logFolder = join(root, 'var/log/zones')
  return {
    root,
    configFolder,
    stateFolder,
    runFolder,
    logFolder,
    socket: join(runFolder, 'zonesd.sock'),
    pidFile: join(runFolder, 'zonesd.pid'),
    lockFile: join(runFolder, 'zonesd.lock'),
    // No zone's name starts with a period, so no zone's folder can stand in its way.
    hostFile: join(stateFolder, '.host.json'),
    maintenanceFile: join(stateFolder, '.maintenance'),
    credentials: (scheme) => join(configFolder, 'credentials', scheme),
    keyPrograms: join(configFolder, 'key-programs'),
    mappingFolder: join(runFolder, 'mapped'),
    config: (zone) => join(configFolder, `${zone}.cfg`),
    zoneFolder: (zone) => join(stateFolder, zone),
    state: (zone) => join(stateFolder, zone, 'state.json'),
    runRecord: (zone) => join(runFolder, `${zone}.json`),
    incomingMark: (zone) => join(runFolder, `${zone}.incoming`),
    kernel: (zone) => join(stateFolder, zone, 'boot/kernel'),
    initrd: (zone) => join(stateFolder, zone, 'boot/initrd'),
    key: (zone) => join(stateFolder, zone, 'key'),
    nextKey: (zone) => join(stateFolder, zone, 'key.next'),
    stateSocket: (zone) => join(runFolder, `${zone}.state`),
    restSocket: (zone) => join(runFolder, `${zone}.rest`),
    imageSocket: (zone) => join(runFolder, `${zone}.image`),
    hostDataSocket: (zone) => join(runFolder, `${zone}.hostdata`),
    // No zone's name starts with a period.
    replicaSocket: (zone) => join(runFolder, `.${zone}.hostdata`),
    qmpSocket: (zone) => join(runFolder, `${zone}.qmp`),
    consoleSocket: (zone) => join(runFolder, `${zone}.tty`),
    zloginSocket: (zone) => join(runFolder, `${zone}.console`),
    // Not NAME.pid: a zone may be named zonesd.
    qemuPidFile: (zone) => join(runFolder, `${zone}.qemu.pid`),
    qemuLog: (zone) => join(logFolder, `${zone}.qemu.log`),
  }
}
