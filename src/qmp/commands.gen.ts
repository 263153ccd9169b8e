// Made by tools/gen-qmp.ts from the schema of QEMU 7.2. Do not edit.

export interface QmpCommands {
  'announce-self': { arguments: AnnounceSelfArguments; returns: Record<string, never> }
  'block_resize': { arguments: BlockResizeArguments; returns: Record<string, never> }
  'blockdev-add': { arguments: BlockdevAddArguments; returns: Record<string, never> }
  'blockdev-del': { arguments: BlockdevDelArguments; returns: Record<string, never> }
  'blockdev-mirror': { arguments: BlockdevMirrorArguments; returns: Record<string, never> }
  'calc-dirty-rate': { arguments: CalcDirtyRateArguments; returns: Record<string, never> }
  'cont': { arguments: Record<string, never>; returns: Record<string, never> }
  'device-list-properties': { arguments: DeviceListPropertiesArguments; returns: readonly DeviceListPropertiesReturns[] }
  'device_add': { arguments: DeviceAddArguments & Readonly<Record<string, unknown>>; returns: Record<string, never> }
  'device_del': { arguments: DeviceDelArguments; returns: Record<string, never> }
  'human-monitor-command': { arguments: HumanMonitorCommandArguments; returns: string }
  'job-cancel': { arguments: JobCancelArguments; returns: Record<string, never> }
  'job-complete': { arguments: JobCompleteArguments; returns: Record<string, never> }
  'job-dismiss': { arguments: JobDismissArguments; returns: Record<string, never> }
  'migrate': { arguments: MigrateArguments; returns: Record<string, never> }
  'migrate-continue': { arguments: MigrateContinueArguments; returns: Record<string, never> }
  'migrate-incoming': { arguments: MigrateIncomingArguments; returns: Record<string, never> }
  'migrate-pause': { arguments: Record<string, never>; returns: Record<string, never> }
  'migrate-recover': { arguments: MigrateRecoverArguments; returns: Record<string, never> }
  'migrate-set-capabilities': { arguments: MigrateSetCapabilitiesArguments; returns: Record<string, never> }
  'migrate-set-parameters': { arguments: MigrateSetParametersArguments; returns: Record<string, never> }
  'migrate-start-postcopy': { arguments: Record<string, never>; returns: Record<string, never> }
  'migrate_cancel': { arguments: Record<string, never>; returns: Record<string, never> }
  'netdev_add': { arguments: NetdevAddArguments; returns: Record<string, never> }
  'netdev_del': { arguments: NetdevDelArguments; returns: Record<string, never> }
  'object-add': { arguments: ObjectAddArguments; returns: Record<string, never> }
  'object-del': { arguments: ObjectDelArguments; returns: Record<string, never> }
  'pmemsave': { arguments: PmemsaveArguments; returns: Record<string, never> }
  'qmp_capabilities': { arguments: QmpCapabilitiesArguments; returns: Record<string, never> }
  'qom-get': { arguments: QomGetArguments; returns: unknown }
  'qom-list': { arguments: QomListArguments; returns: readonly DeviceListPropertiesReturns[] }
  'qom-set': { arguments: QomSetArguments; returns: Record<string, never> }
  'query-block': { arguments: Record<string, never>; returns: readonly QueryBlockReturns[] }
  'query-blockstats': { arguments: QueryBlockstatsArguments; returns: readonly QueryBlockstatsReturns[] }
  'query-chardev': { arguments: Record<string, never>; returns: readonly QueryChardevReturns[] }
  'query-cpu-definitions': { arguments: Record<string, never>; returns: readonly QueryCpuDefinitionsReturns[] }
  'query-cpu-model-expansion': { arguments: QueryCpuModelExpansionArguments; returns: QueryCpuModelExpansionReturns }
  'query-cpus-fast': { arguments: Record<string, never>; returns: readonly QueryCpusFastReturns[] }
  'query-dirty-rate': { arguments: Record<string, never>; returns: QueryDirtyRateReturns }
  'query-jobs': { arguments: Record<string, never>; returns: readonly QueryJobsReturns[] }
  'query-kvm': { arguments: Record<string, never>; returns: QueryKvmReturns }
  'query-machines': { arguments: Record<string, never>; returns: readonly QueryMachinesReturns[] }
  'query-memdev': { arguments: Record<string, never>; returns: readonly QueryMemdevReturns[] }
  'query-memory-size-summary': { arguments: Record<string, never>; returns: QueryMemorySizeSummaryReturns }
  'query-migrate': { arguments: Record<string, never>; returns: QueryMigrateReturns }
  'query-migrate-capabilities': { arguments: Record<string, never>; returns: readonly QueryMigrateCapabilitiesReturns[] }
  'query-migrate-parameters': { arguments: Record<string, never>; returns: QueryMigrateParametersReturns }
  'query-name': { arguments: Record<string, never>; returns: QueryNameReturns }
  'query-named-block-nodes': { arguments: QueryNamedBlockNodesArguments; returns: readonly QueryNamedBlockNodesReturns[] }
  'query-qmp-schema': { arguments: Record<string, never>; returns: readonly QueryQmpSchemaReturns[] }
  'query-rx-filter': { arguments: QueryRxFilterArguments; returns: readonly QueryRxFilterReturns[] }
  'query-status': { arguments: Record<string, never>; returns: QueryStatusReturns }
  'query-uuid': { arguments: Record<string, never>; returns: QueryUuidReturns }
  'query-version': { arguments: Record<string, never>; returns: QueryVersionReturns }
  'query-yank': { arguments: Record<string, never>; returns: readonly QueryYankReturns[] }
  'quit': { arguments: Record<string, never>; returns: Record<string, never> }
  'set_link': { arguments: SetLinkArguments; returns: Record<string, never> }
  'stop': { arguments: Record<string, never>; returns: Record<string, never> }
  'system_powerdown': { arguments: Record<string, never>; returns: Record<string, never> }
  'system_reset': { arguments: Record<string, never>; returns: Record<string, never> }
  'x-query-ramblock': { arguments: Record<string, never>; returns: XQueryRamblockReturns }
  'x-query-virtio-status': { arguments: XQueryVirtioStatusArguments; returns: XQueryVirtioStatusReturns }
  'yank': { arguments: YankArguments; returns: Record<string, never> }
}

export interface QmpEvents {
  BLOCK_IO_ERROR: BlockIoErrorEvent
  BLOCK_JOB_CANCELLED: BlockJobCancelledEvent
  BLOCK_JOB_COMPLETED: BlockJobCompletedEvent
  BLOCK_JOB_ERROR: BlockJobErrorEvent
  BLOCK_JOB_READY: BlockJobReadyEvent
  DEVICE_DELETED: DeviceDeletedEvent
  DEVICE_UNPLUG_GUEST_ERROR: DeviceUnplugGuestErrorEvent
  GUEST_PANICKED: GuestPanickedEvent
  JOB_STATUS_CHANGE: JobStatusChangeEvent
  MIGRATION: MigrationEvent
  MIGRATION_PASS: MigrationPassEvent
  NIC_RX_FILTER_CHANGED: NicRxFilterChangedEvent
  POWERDOWN: Record<string, never>
  RESET: ResetEvent
  RESUME: Record<string, never>
  RTC_CHANGE: RtcChangeEvent
  SHUTDOWN: ShutdownEvent
  STOP: Record<string, never>
  SUSPEND: Record<string, never>
  WAKEUP: Record<string, never>
  WATCHDOG: WatchdogEvent
}

type AnnounceSelfArguments = {
  readonly initial: number
  readonly max: number
  readonly rounds: number
  readonly step: number
  readonly interfaces?: readonly string[]
  readonly id?: string
}

type BlockResizeArguments = {
  readonly device?: string
  readonly 'node-name'?: string
  readonly size: number
}

type BlockdevAddArguments = {
  readonly 'node-name'?: string
  readonly discard?: BlockdevAddArgumentsDiscard
  readonly cache?: BlockdevAddArgumentsCache
  readonly 'read-only'?: boolean
  readonly 'auto-read-only'?: boolean
  readonly 'force-share'?: boolean
  readonly 'detect-zeroes'?: BlockdevAddArgumentsDetectZeroes
} & (
  | ({ readonly driver: 'blkdebug' } & BlockdevAddArgumentsBlkdebug)
  | ({ readonly driver: 'blklogwrites' } & BlockdevAddArgumentsBlklogwrites)
  | ({ readonly driver: 'blkreplay' } & BlockdevAddArgumentsBlkreplay)
  | ({ readonly driver: 'blkverify' } & BlockdevAddArgumentsBlkverify)
  | ({ readonly driver: 'bochs' | 'cloop' | 'compress' | 'dmg' | 'snapshot-access' | 'parallels' | 'vdi' | 'vhdx' | 'vpc' } & BlockdevAddArgumentsBochs)
  | ({ readonly driver: 'copy-before-write' } & BlockdevAddArgumentsCopyBeforeWrite)
  | ({ readonly driver: 'copy-on-read' } & BlockdevAddArgumentsCopyOnRead)
  | ({ readonly driver: 'file' | 'host_cdrom' | 'host_device' } & BlockdevAddArgumentsFile)
  | ({ readonly driver: 'ftp' } & BlockdevAddArgumentsFtp)
  | ({ readonly driver: 'ftps' } & BlockdevAddArgumentsFtps)
  | ({ readonly driver: 'gluster' } & BlockdevAddArgumentsGluster)
  | ({ readonly driver: 'http' } & BlockdevAddArgumentsHttp)
  | ({ readonly driver: 'https' } & BlockdevAddArgumentsHttps)
  | ({ readonly driver: 'iscsi' } & BlockdevAddArgumentsIscsi)
  | ({ readonly driver: 'luks' } & BlockdevAddArgumentsLuks)
  | ({ readonly driver: 'nbd' } & BlockdevAddArgumentsNbd)
  | ({ readonly driver: 'nfs' } & BlockdevAddArgumentsNfs)
  | ({ readonly driver: 'null-aio' | 'null-co' } & BlockdevAddArgumentsNullAio)
  | ({ readonly driver: 'nvme' } & BlockdevAddArgumentsNvme)
  | ({ readonly driver: 'preallocate' } & BlockdevAddArgumentsPreallocate)
  | ({ readonly driver: 'qcow' } & BlockdevAddArgumentsQcow)
  | ({ readonly driver: 'qcow2' } & BlockdevAddArgumentsQcow2)
  | ({ readonly driver: 'qed' | 'vmdk' } & BlockdevAddArgumentsQed)
  | ({ readonly driver: 'quorum' } & BlockdevAddArgumentsQuorum)
  | ({ readonly driver: 'raw' } & BlockdevAddArgumentsRaw)
  | ({ readonly driver: 'rbd' } & BlockdevAddArgumentsRbd)
  | ({ readonly driver: 'replication' } & BlockdevAddArgumentsReplication)
  | ({ readonly driver: 'ssh' } & BlockdevAddArgumentsSsh)
  | ({ readonly driver: 'throttle' } & BlockdevAddArgumentsThrottle)
  | ({ readonly driver: 'vvfat' } & BlockdevAddArgumentsVvfat)
)

type BlockdevDelArguments = {
  readonly 'node-name': string
}

type BlockdevMirrorArguments = {
  readonly 'job-id'?: string
  readonly device: string
  readonly target: string
  readonly replaces?: string
  readonly sync: BlockdevMirrorArgumentsSync
  readonly speed?: number
  readonly granularity?: number
  readonly 'buf-size'?: number
  readonly 'on-source-error'?: BlockdevMirrorArgumentsOnSourceError
  readonly 'on-target-error'?: BlockdevMirrorArgumentsOnSourceError
  readonly 'filter-node-name'?: string
  readonly 'copy-mode'?: BlockdevMirrorArgumentsCopyMode
  readonly 'auto-finalize'?: boolean
  readonly 'auto-dismiss'?: boolean
}

type CalcDirtyRateArguments = {
  readonly 'calc-time': number
  readonly 'sample-pages'?: number
  readonly mode?: CalcDirtyRateArgumentsMode
}

type DeviceListPropertiesArguments = {
  readonly typename: string
}

type DeviceListPropertiesReturns = {
  readonly name: string
  readonly type: string
  readonly description?: string
  readonly 'default-value'?: unknown
}

type DeviceAddArguments = {
  readonly driver: string
  readonly bus?: string
  readonly id?: string
}

type DeviceDelArguments = {
  readonly id: string
}

type HumanMonitorCommandArguments = {
  readonly 'command-line': string
  readonly 'cpu-index'?: number
}

type JobCancelArguments = {
  readonly id: string
}

type JobCompleteArguments = {
  readonly id: string
}

type JobDismissArguments = {
  readonly id: string
}

type MigrateArguments = {
  readonly uri: string
  readonly blk?: boolean
  readonly inc?: boolean
  readonly detach?: boolean
  readonly resume?: boolean
}

type MigrateContinueArguments = {
  readonly state: MigrateContinueArgumentsState
}

type MigrateIncomingArguments = {
  readonly uri: string
}

type MigrateRecoverArguments = {
  readonly uri: string
}

type MigrateSetCapabilitiesArguments = {
  readonly capabilities: readonly QueryMigrateCapabilitiesReturns[]
}

type MigrateSetParametersArguments = {
  readonly 'announce-initial'?: number
  readonly 'announce-max'?: number
  readonly 'announce-rounds'?: number
  readonly 'announce-step'?: number
  readonly 'compress-level'?: number
  readonly 'compress-threads'?: number
  readonly 'compress-wait-thread'?: boolean
  readonly 'decompress-threads'?: number
  readonly 'throttle-trigger-threshold'?: number
  readonly 'cpu-throttle-initial'?: number
  readonly 'cpu-throttle-increment'?: number
  readonly 'cpu-throttle-tailslow'?: boolean
  readonly 'tls-creds'?: MigrateSetParametersArgumentsTlsCreds
  readonly 'tls-hostname'?: MigrateSetParametersArgumentsTlsCreds
  readonly 'tls-authz'?: MigrateSetParametersArgumentsTlsCreds
  readonly 'max-bandwidth'?: number
  readonly 'downtime-limit'?: number
  readonly 'x-checkpoint-delay'?: number
  readonly 'block-incremental'?: boolean
  readonly 'multifd-channels'?: number
  readonly 'xbzrle-cache-size'?: number
  readonly 'max-postcopy-bandwidth'?: number
  readonly 'max-cpu-throttle'?: number
  readonly 'multifd-compression'?: MigrateSetParametersArgumentsMultifdCompression
  readonly 'multifd-zlib-level'?: number
  readonly 'multifd-zstd-level'?: number
  readonly 'block-bitmap-mapping'?: readonly MigrateSetParametersArgumentsBlockBitmapMapping[]
}

type NetdevAddArguments = {
  readonly id: string
} & (
  | { readonly type: 'none' }
  | ({ readonly type: 'nic' } & NetdevAddArgumentsNic)
  | ({ readonly type: 'user' } & NetdevAddArgumentsUser)
  | ({ readonly type: 'tap' } & NetdevAddArgumentsTap)
  | ({ readonly type: 'l2tpv3' } & NetdevAddArgumentsL2tpv3)
  | ({ readonly type: 'socket' } & NetdevAddArgumentsSocket)
  | ({ readonly type: 'stream' } & NetdevAddArgumentsStream)
  | ({ readonly type: 'dgram' } & NetdevAddArgumentsDgram)
  | ({ readonly type: 'vde' } & NetdevAddArgumentsVde)
  | ({ readonly type: 'bridge' } & NetdevAddArgumentsBridge)
  | ({ readonly type: 'hubport' } & NetdevAddArgumentsHubport)
  | ({ readonly type: 'netmap' } & NetdevAddArgumentsNetmap)
  | ({ readonly type: 'vhost-user' } & NetdevAddArgumentsVhostUser)
  | ({ readonly type: 'vhost-vdpa' } & NetdevAddArgumentsVhostVdpa)
)

type NetdevDelArguments = {
  readonly id: string
}

type ObjectAddArguments = {
  readonly id: string
} & (
  | ({ readonly 'qom-type': 'authz-list' } & ObjectAddArgumentsAuthzList)
  | ({ readonly 'qom-type': 'authz-listfile' } & ObjectAddArgumentsAuthzListfile)
  | ({ readonly 'qom-type': 'authz-pam' } & ObjectAddArgumentsAuthzPam)
  | ({ readonly 'qom-type': 'authz-simple' } & ObjectAddArgumentsAuthzSimple)
  | { readonly 'qom-type': 'can-bus' | 'pef-guest' | 's390-pv-guest' }
  | ({ readonly 'qom-type': 'can-host-socketcan' } & ObjectAddArgumentsCanHostSocketcan)
  | ({ readonly 'qom-type': 'colo-compare' } & ObjectAddArgumentsColoCompare)
  | ({ readonly 'qom-type': 'cryptodev-backend' | 'cryptodev-backend-builtin' | 'cryptodev-backend-lkcf' } & ObjectAddArgumentsCryptodevBackend)
  | ({ readonly 'qom-type': 'cryptodev-vhost-user' } & ObjectAddArgumentsCryptodevVhostUser)
  | ({ readonly 'qom-type': 'dbus-vmstate' } & ObjectAddArgumentsDbusVmstate)
  | ({ readonly 'qom-type': 'filter-buffer' } & ObjectAddArgumentsFilterBuffer)
  | ({ readonly 'qom-type': 'filter-dump' } & ObjectAddArgumentsFilterDump)
  | ({ readonly 'qom-type': 'filter-mirror' } & ObjectAddArgumentsFilterMirror)
  | ({ readonly 'qom-type': 'filter-redirector' } & ObjectAddArgumentsFilterRedirector)
  | ({ readonly 'qom-type': 'filter-replay' } & ObjectAddArgumentsFilterReplay)
  | ({ readonly 'qom-type': 'filter-rewriter' } & ObjectAddArgumentsFilterRewriter)
  | ({ readonly 'qom-type': 'input-barrier' } & ObjectAddArgumentsInputBarrier)
  | ({ readonly 'qom-type': 'input-linux' } & ObjectAddArgumentsInputLinux)
  | ({ readonly 'qom-type': 'iothread' } & ObjectAddArgumentsIothread)
  | ({ readonly 'qom-type': 'main-loop' } & ObjectAddArgumentsMainLoop)
  | ({ readonly 'qom-type': 'memory-backend-epc' } & ObjectAddArgumentsMemoryBackendEpc)
  | ({ readonly 'qom-type': 'memory-backend-file' } & ObjectAddArgumentsMemoryBackendFile)
  | ({ readonly 'qom-type': 'memory-backend-memfd' } & ObjectAddArgumentsMemoryBackendMemfd)
  | ({ readonly 'qom-type': 'memory-backend-ram' } & ObjectAddArgumentsMemoryBackendRam)
  | ({ readonly 'qom-type': 'pr-manager-helper' } & ObjectAddArgumentsPrManagerHelper)
  | ({ readonly 'qom-type': 'qtest' } & ObjectAddArgumentsQtest)
  | ({ readonly 'qom-type': 'rng-builtin' } & ObjectAddArgumentsRngBuiltin)
  | ({ readonly 'qom-type': 'rng-egd' } & ObjectAddArgumentsRngEgd)
  | ({ readonly 'qom-type': 'rng-random' } & ObjectAddArgumentsRngRandom)
  | ({ readonly 'qom-type': 'secret' } & ObjectAddArgumentsSecret)
  | ({ readonly 'qom-type': 'secret_keyring' } & ObjectAddArgumentsSecretKeyring)
  | ({ readonly 'qom-type': 'sev-guest' } & ObjectAddArgumentsSevGuest)
  | ({ readonly 'qom-type': 'thread-context' } & ObjectAddArgumentsThreadContext)
  | ({ readonly 'qom-type': 'throttle-group' } & ObjectAddArgumentsThrottleGroup)
  | ({ readonly 'qom-type': 'tls-creds-anon' } & ObjectAddArgumentsTlsCredsAnon)
  | ({ readonly 'qom-type': 'tls-creds-psk' } & ObjectAddArgumentsTlsCredsPsk)
  | ({ readonly 'qom-type': 'tls-creds-x509' } & ObjectAddArgumentsTlsCredsX509)
  | ({ readonly 'qom-type': 'tls-cipher-suites' } & ObjectAddArgumentsTlsCipherSuites)
  | ({ readonly 'qom-type': 'x-remote-object' } & ObjectAddArgumentsXRemoteObject)
  | ({ readonly 'qom-type': 'x-vfio-user-server' } & ObjectAddArgumentsXVfioUserServer)
)

type ObjectDelArguments = {
  readonly id: string
}

type PmemsaveArguments = {
  readonly val: number
  readonly size: number
  readonly filename: string
}

type QmpCapabilitiesArguments = {
  readonly enable?: readonly QmpCapabilitiesArgumentsEnable[]
}

type QomGetArguments = {
  readonly path: string
  readonly property: string
}

type QomListArguments = {
  readonly path: string
}

type QomSetArguments = {
  readonly path: string
  readonly property: string
  readonly value: unknown
}

type QueryBlockReturns = {
  readonly device: string
  readonly qdev?: string
  readonly type: string
  readonly removable: boolean
  readonly locked: boolean
  readonly inserted?: QueryNamedBlockNodesReturns
  readonly tray_open?: boolean
  readonly 'io-status'?: QueryBlockReturnsIoStatus
}

type QueryBlockstatsArguments = {
  readonly 'query-nodes'?: boolean
}

type QueryBlockstatsReturns = {
  readonly device?: string
  readonly qdev?: string
  readonly 'node-name'?: string
  readonly stats: QueryBlockstatsReturnsStats
  readonly 'driver-specific'?: QueryBlockstatsReturnsDriverSpecific
  readonly parent?: QueryBlockstatsReturns
  readonly backing?: QueryBlockstatsReturns
}

type QueryChardevReturns = {
  readonly label: string
  readonly filename: string
  readonly 'frontend-open': boolean
}

type QueryCpuDefinitionsReturns = {
  readonly name: string
  readonly 'migration-safe'?: boolean
  readonly static: boolean
  readonly 'unavailable-features'?: readonly string[]
  readonly typename: string
  readonly 'alias-of'?: string
  readonly deprecated: boolean
}

type QueryCpuModelExpansionArguments = {
  readonly type: QueryCpuModelExpansionArgumentsType
  readonly model: QueryCpuModelExpansionArgumentsModel
}

type QueryCpuModelExpansionReturns = {
  readonly model: QueryCpuModelExpansionArgumentsModel
}

type QueryCpusFastReturns = {
  readonly 'cpu-index': number
  readonly 'qom-path': string
  readonly 'thread-id': number
  readonly props?: QueryCpusFastReturnsProps
} & (
  | { readonly target: 'aarch64' | 'alpha' | 'arm' | 'avr' | 'cris' | 'hppa' | 'i386' | 'loongarch64' | 'm68k' | 'microblaze' | 'microblazeel' | 'mips' | 'mips64' | 'mips64el' | 'mipsel' | 'nios2' | 'or1k' | 'ppc' | 'ppc64' | 'riscv32' | 'riscv64' | 'rx' | 'sh4' | 'sh4eb' | 'sparc' | 'sparc64' | 'tricore' | 'x86_64' | 'xtensa' | 'xtensaeb' }
  | ({ readonly target: 's390x' } & QueryCpusFastReturnsS390x)
)

type QueryDirtyRateReturns = {
  readonly 'dirty-rate'?: number
  readonly status: QueryDirtyRateReturnsStatus
  readonly 'start-time': number
  readonly 'calc-time': number
  readonly 'sample-pages': number
  readonly mode: CalcDirtyRateArgumentsMode
  readonly 'vcpu-dirty-rate'?: readonly QueryDirtyRateReturnsVcpuDirtyRate[]
}

type QueryJobsReturns = {
  readonly id: string
  readonly type: QueryJobsReturnsType
  readonly status: QueryJobsReturnsStatus
  readonly 'current-progress': number
  readonly 'total-progress': number
  readonly error?: string
}

type QueryKvmReturns = {
  readonly enabled: boolean
  readonly present: boolean
}

type QueryMachinesReturns = {
  readonly name: string
  readonly alias?: string
  readonly 'is-default'?: boolean
  readonly 'cpu-max': number
  readonly 'hotpluggable-cpus': boolean
  readonly 'numa-mem-supported': boolean
  readonly deprecated: boolean
  readonly 'default-cpu-type'?: string
  readonly 'default-ram-id'?: string
}

type QueryMemdevReturns = {
  readonly id?: string
  readonly size: number
  readonly merge: boolean
  readonly dump: boolean
  readonly prealloc: boolean
  readonly share: boolean
  readonly reserve?: boolean
  readonly 'host-nodes': readonly number[]
  readonly policy: QueryMemdevReturnsPolicy
}

type QueryMemorySizeSummaryReturns = {
  readonly 'base-memory': number
  readonly 'plugged-memory'?: number
}

type QueryMigrateReturns = {
  readonly status?: MigrateContinueArgumentsState
  readonly ram?: QueryMigrateReturnsRam
  readonly disk?: QueryMigrateReturnsRam
  readonly vfio?: QueryMigrateReturnsVfio
  readonly 'xbzrle-cache'?: QueryMigrateReturnsXbzrleCache
  readonly 'total-time'?: number
  readonly 'expected-downtime'?: number
  readonly downtime?: number
  readonly 'setup-time'?: number
  readonly 'cpu-throttle-percentage'?: number
  readonly 'error-desc'?: string
  readonly 'blocked-reasons'?: readonly string[]
  readonly 'postcopy-blocktime'?: number
  readonly 'postcopy-vcpu-blocktime'?: readonly number[]
  readonly compression?: QueryMigrateReturnsCompression
  readonly 'socket-address'?: readonly QueryMigrateReturnsSocketAddress[]
}

type QueryMigrateCapabilitiesReturns = {
  readonly capability: QueryMigrateCapabilitiesReturnsCapability
  readonly state: boolean
}

type QueryMigrateParametersReturns = {
  readonly 'announce-initial'?: number
  readonly 'announce-max'?: number
  readonly 'announce-rounds'?: number
  readonly 'announce-step'?: number
  readonly 'compress-level'?: number
  readonly 'compress-threads'?: number
  readonly 'compress-wait-thread'?: boolean
  readonly 'decompress-threads'?: number
  readonly 'throttle-trigger-threshold'?: number
  readonly 'cpu-throttle-initial'?: number
  readonly 'cpu-throttle-increment'?: number
  readonly 'cpu-throttle-tailslow'?: boolean
  readonly 'tls-creds'?: string
  readonly 'tls-hostname'?: string
  readonly 'tls-authz'?: string
  readonly 'max-bandwidth'?: number
  readonly 'downtime-limit'?: number
  readonly 'x-checkpoint-delay'?: number
  readonly 'block-incremental'?: boolean
  readonly 'multifd-channels'?: number
  readonly 'xbzrle-cache-size'?: number
  readonly 'max-postcopy-bandwidth'?: number
  readonly 'max-cpu-throttle'?: number
  readonly 'multifd-compression'?: MigrateSetParametersArgumentsMultifdCompression
  readonly 'multifd-zlib-level'?: number
  readonly 'multifd-zstd-level'?: number
  readonly 'block-bitmap-mapping'?: readonly MigrateSetParametersArgumentsBlockBitmapMapping[]
}

type QueryNameReturns = {
  readonly name?: string
}

type QueryNamedBlockNodesArguments = {
  readonly flat?: boolean
}

type QueryNamedBlockNodesReturns = {
  readonly file: string
  readonly 'node-name'?: string
  readonly ro: boolean
  readonly drv: string
  readonly backing_file?: string
  readonly backing_file_depth: number
  readonly encrypted: boolean
  readonly detect_zeroes: BlockdevAddArgumentsDetectZeroes
  readonly bps: number
  readonly bps_rd: number
  readonly bps_wr: number
  readonly iops: number
  readonly iops_rd: number
  readonly iops_wr: number
  readonly image: QueryNamedBlockNodesReturnsImage
  readonly bps_max?: number
  readonly bps_rd_max?: number
  readonly bps_wr_max?: number
  readonly iops_max?: number
  readonly iops_rd_max?: number
  readonly iops_wr_max?: number
  readonly bps_max_length?: number
  readonly bps_rd_max_length?: number
  readonly bps_wr_max_length?: number
  readonly iops_max_length?: number
  readonly iops_rd_max_length?: number
  readonly iops_wr_max_length?: number
  readonly iops_size?: number
  readonly group?: string
  readonly cache: QueryNamedBlockNodesReturnsCache
  readonly write_threshold: number
  readonly 'dirty-bitmaps'?: readonly QueryNamedBlockNodesReturnsDirtyBitmaps[]
}

type QueryQmpSchemaReturns = {
  readonly name: string
  readonly features?: readonly string[]
} & (
  | ({ readonly 'meta-type': 'builtin' } & QueryQmpSchemaReturnsBuiltin)
  | ({ readonly 'meta-type': 'enum' } & QueryQmpSchemaReturnsEnum)
  | ({ readonly 'meta-type': 'array' } & QueryQmpSchemaReturnsArray)
  | ({ readonly 'meta-type': 'object' } & QueryQmpSchemaReturnsObject)
  | ({ readonly 'meta-type': 'alternate' } & QueryQmpSchemaReturnsAlternate)
  | ({ readonly 'meta-type': 'command' } & QueryQmpSchemaReturnsCommand)
  | ({ readonly 'meta-type': 'event' } & QueryQmpSchemaReturnsEvent)
)

type QueryRxFilterArguments = {
  readonly name?: string
}

type QueryRxFilterReturns = {
  readonly name: string
  readonly promiscuous: boolean
  readonly multicast: QueryRxFilterReturnsMulticast
  readonly unicast: QueryRxFilterReturnsMulticast
  readonly vlan: QueryRxFilterReturnsMulticast
  readonly 'broadcast-allowed': boolean
  readonly 'multicast-overflow': boolean
  readonly 'unicast-overflow': boolean
  readonly 'main-mac': string
  readonly 'vlan-table': readonly number[]
  readonly 'unicast-table': readonly string[]
  readonly 'multicast-table': readonly string[]
}

type QueryStatusReturns = {
  readonly running: boolean
  readonly singlestep: boolean
  readonly status: QueryStatusReturnsStatus
}

type QueryUuidReturns = {
  readonly UUID: string
}

type QueryVersionReturns = {
  readonly qemu: QueryVersionReturnsQemu
  readonly package: string
}

type QueryYankReturns = 
  | ({ readonly type: 'block-node' } & QueryYankReturnsBlockNode)
  | ({ readonly type: 'chardev' } & QueryYankReturnsChardev)
  | { readonly type: 'migration' }

type SetLinkArguments = {
  readonly name: string
  readonly up: boolean
}

type XQueryRamblockReturns = {
  readonly 'human-readable-text': string
}

type XQueryVirtioStatusArguments = {
  readonly path: string
}

type XQueryVirtioStatusReturns = {
  readonly name: string
  readonly 'device-id': number
  readonly 'vhost-started': boolean
  readonly 'device-endian': string
  readonly 'guest-features': XQueryVirtioStatusReturnsGuestFeatures
  readonly 'host-features': XQueryVirtioStatusReturnsGuestFeatures
  readonly 'backend-features': XQueryVirtioStatusReturnsGuestFeatures
  readonly 'num-vqs': number
  readonly status: XQueryVirtioStatusReturnsStatus
  readonly isr: number
  readonly 'queue-sel': number
  readonly 'vm-running': boolean
  readonly broken: boolean
  readonly disabled: boolean
  readonly 'use-started': boolean
  readonly started: boolean
  readonly 'start-on-kick': boolean
  readonly 'disable-legacy-check': boolean
  readonly 'bus-name': string
  readonly 'use-guest-notifier-mask': boolean
  readonly 'vhost-dev'?: XQueryVirtioStatusReturnsVhostDev
}

type YankArguments = {
  readonly instances: readonly QueryYankReturns[]
}

type BlockIoErrorEvent = {
  readonly device: string
  readonly 'node-name'?: string
  readonly operation: BlockIoErrorEventOperation
  readonly action: BlockIoErrorEventAction
  readonly nospace?: boolean
  readonly reason: string
}

type BlockJobCancelledEvent = {
  readonly type: QueryJobsReturnsType
  readonly device: string
  readonly len: number
  readonly offset: number
  readonly speed: number
}

type BlockJobCompletedEvent = {
  readonly type: QueryJobsReturnsType
  readonly device: string
  readonly len: number
  readonly offset: number
  readonly speed: number
  readonly error?: string
}

type BlockJobErrorEvent = {
  readonly device: string
  readonly operation: BlockIoErrorEventOperation
  readonly action: BlockIoErrorEventAction
}

type BlockJobReadyEvent = {
  readonly type: QueryJobsReturnsType
  readonly device: string
  readonly len: number
  readonly offset: number
  readonly speed: number
}

type DeviceDeletedEvent = {
  readonly device?: string
  readonly path: string
}

type DeviceUnplugGuestErrorEvent = {
  readonly device?: string
  readonly path: string
}

type GuestPanickedEvent = {
  readonly action: GuestPanickedEventAction
  readonly info?: GuestPanickedEventInfo
}

type JobStatusChangeEvent = {
  readonly id: string
  readonly status: QueryJobsReturnsStatus
}

type MigrationEvent = {
  readonly status: MigrateContinueArgumentsState
}

type MigrationPassEvent = {
  readonly pass: number
}

type NicRxFilterChangedEvent = {
  readonly name?: string
  readonly path: string
}

type ResetEvent = {
  readonly guest: boolean
  readonly reason: ResetEventReason
}

type RtcChangeEvent = {
  readonly offset: number
  readonly 'qom-path': string
}

type ShutdownEvent = {
  readonly guest: boolean
  readonly reason: ResetEventReason
}

type WatchdogEvent = {
  readonly action: WatchdogEventAction
}

type BlockdevAddArgumentsDiscard =
  | 'ignore'
  | 'unmap'

type BlockdevAddArgumentsCache = {
  readonly direct?: boolean
  readonly 'no-flush'?: boolean
}

type BlockdevAddArgumentsDetectZeroes =
  | 'off'
  | 'on'
  | 'unmap'

type BlockdevAddArgumentsBlkdebug = {
  readonly image: BlockdevAddArgumentsBlkdebugImage
  readonly config?: string
  readonly align?: number
  readonly 'max-transfer'?: number
  readonly 'opt-write-zero'?: number
  readonly 'max-write-zero'?: number
  readonly 'opt-discard'?: number
  readonly 'max-discard'?: number
  readonly 'inject-error'?: readonly BlockdevAddArgumentsBlkdebugInjectError[]
  readonly 'set-state'?: readonly BlockdevAddArgumentsBlkdebugSetState[]
  readonly 'take-child-perms'?: readonly BlockdevAddArgumentsBlkdebugTakeChildPerms[]
  readonly 'unshare-child-perms'?: readonly BlockdevAddArgumentsBlkdebugTakeChildPerms[]
}

type BlockdevAddArgumentsBlklogwrites = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly log: BlockdevAddArgumentsBlkdebugImage
  readonly 'log-sector-size'?: number
  readonly 'log-append'?: boolean
  readonly 'log-super-update-interval'?: number
}

type BlockdevAddArgumentsBlkreplay = {
  readonly image: BlockdevAddArgumentsBlkdebugImage
}

type BlockdevAddArgumentsBlkverify = {
  readonly test: BlockdevAddArgumentsBlkdebugImage
  readonly raw: BlockdevAddArgumentsBlkdebugImage
}

type BlockdevAddArgumentsBochs = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
}

type BlockdevAddArgumentsCopyBeforeWrite = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly target: BlockdevAddArgumentsBlkdebugImage
  readonly bitmap?: BlockdevAddArgumentsCopyBeforeWriteBitmap
  readonly 'on-cbw-error'?: BlockdevAddArgumentsCopyBeforeWriteOnCbwError
  readonly 'cbw-timeout'?: number
}

type BlockdevAddArgumentsCopyOnRead = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly bottom?: string
}

type BlockdevAddArgumentsFile = {
  readonly filename: string
  readonly 'pr-manager'?: string
  readonly locking?: BlockdevAddArgumentsFileLocking
  readonly aio?: BlockdevAddArgumentsFileAio
  readonly 'aio-max-batch'?: number
  readonly 'drop-cache'?: boolean
  readonly 'x-check-cache-dropped'?: boolean
}

type BlockdevAddArgumentsFtp = {
  readonly url: string
  readonly readahead?: number
  readonly timeout?: number
  readonly username?: string
  readonly 'password-secret'?: string
  readonly 'proxy-username'?: string
  readonly 'proxy-password-secret'?: string
}

type BlockdevAddArgumentsFtps = {
  readonly url: string
  readonly readahead?: number
  readonly timeout?: number
  readonly username?: string
  readonly 'password-secret'?: string
  readonly 'proxy-username'?: string
  readonly 'proxy-password-secret'?: string
  readonly sslverify?: boolean
}

type BlockdevAddArgumentsGluster = {
  readonly volume: string
  readonly path: string
  readonly server: readonly QueryMigrateReturnsSocketAddress[]
  readonly debug?: number
  readonly logfile?: string
}

type BlockdevAddArgumentsHttp = {
  readonly url: string
  readonly readahead?: number
  readonly timeout?: number
  readonly username?: string
  readonly 'password-secret'?: string
  readonly 'proxy-username'?: string
  readonly 'proxy-password-secret'?: string
  readonly cookie?: string
  readonly 'cookie-secret'?: string
}

type BlockdevAddArgumentsHttps = {
  readonly url: string
  readonly readahead?: number
  readonly timeout?: number
  readonly username?: string
  readonly 'password-secret'?: string
  readonly 'proxy-username'?: string
  readonly 'proxy-password-secret'?: string
  readonly cookie?: string
  readonly sslverify?: boolean
  readonly 'cookie-secret'?: string
}

type BlockdevAddArgumentsIscsi = {
  readonly transport: BlockdevAddArgumentsIscsiTransport
  readonly portal: string
  readonly target: string
  readonly lun?: number
  readonly user?: string
  readonly 'password-secret'?: string
  readonly 'initiator-name'?: string
  readonly 'header-digest'?: BlockdevAddArgumentsIscsiHeaderDigest
  readonly timeout?: number
}

type BlockdevAddArgumentsLuks = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly 'key-secret'?: string
}

type BlockdevAddArgumentsNbd = {
  readonly server: QueryMigrateReturnsSocketAddress
  readonly export?: string
  readonly 'tls-creds'?: string
  readonly 'tls-hostname'?: string
  readonly 'x-dirty-bitmap'?: string
  readonly 'reconnect-delay'?: number
  readonly 'open-timeout'?: number
}

type BlockdevAddArgumentsNfs = {
  readonly server: BlockdevAddArgumentsNfsServer
  readonly path: string
  readonly user?: number
  readonly group?: number
  readonly 'tcp-syn-count'?: number
  readonly 'readahead-size'?: number
  readonly 'page-cache-size'?: number
  readonly debug?: number
}

type BlockdevAddArgumentsNullAio = {
  readonly size?: number
  readonly 'latency-ns'?: number
  readonly 'read-zeroes'?: boolean
}

type BlockdevAddArgumentsNvme = {
  readonly device: string
  readonly namespace: number
}

type BlockdevAddArgumentsPreallocate = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly 'prealloc-align'?: number
  readonly 'prealloc-size'?: number
}

type BlockdevAddArgumentsQcow = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly backing?: BlockdevAddArgumentsQcowBacking
  readonly encrypt?: BlockdevAddArgumentsQcowEncrypt
}

type BlockdevAddArgumentsQcow2 = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly backing?: BlockdevAddArgumentsQcowBacking
  readonly 'lazy-refcounts'?: boolean
  readonly 'pass-discard-request'?: boolean
  readonly 'pass-discard-snapshot'?: boolean
  readonly 'pass-discard-other'?: boolean
  readonly 'overlap-check'?: BlockdevAddArgumentsQcow2OverlapCheck
  readonly 'cache-size'?: number
  readonly 'l2-cache-size'?: number
  readonly 'l2-cache-entry-size'?: number
  readonly 'refcount-cache-size'?: number
  readonly 'cache-clean-interval'?: number
  readonly encrypt?: BlockdevAddArgumentsQcow2Encrypt
  readonly 'data-file'?: BlockdevAddArgumentsBlkdebugImage
}

type BlockdevAddArgumentsQed = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly backing?: BlockdevAddArgumentsQcowBacking
}

type BlockdevAddArgumentsQuorum = {
  readonly blkverify?: boolean
  readonly children: readonly BlockdevAddArgumentsBlkdebugImage[]
  readonly 'vote-threshold': number
  readonly 'rewrite-corrupted'?: boolean
  readonly 'read-pattern'?: BlockdevAddArgumentsQuorumReadPattern
}

type BlockdevAddArgumentsRaw = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly offset?: number
  readonly size?: number
}

type BlockdevAddArgumentsRbd = {
  readonly pool: string
  readonly namespace?: string
  readonly image: string
  readonly conf?: string
  readonly snapshot?: string
  readonly encrypt?: BlockdevAddArgumentsRbdEncrypt
  readonly user?: string
  readonly 'auth-client-required'?: readonly BlockdevAddArgumentsRbdAuthClientRequired[]
  readonly 'key-secret'?: string
  readonly server?: readonly BlockdevAddArgumentsRbdServer[]
}

type BlockdevAddArgumentsReplication = {
  readonly file: BlockdevAddArgumentsBlkdebugImage
  readonly mode: BlockdevAddArgumentsReplicationMode
  readonly 'top-id'?: string
}

type BlockdevAddArgumentsSsh = {
  readonly server: BlockdevAddArgumentsSshServer
  readonly path: string
  readonly user?: string
  readonly 'host-key-check'?: BlockdevAddArgumentsSshHostKeyCheck
}

type BlockdevAddArgumentsThrottle = {
  readonly 'throttle-group': string
  readonly file: BlockdevAddArgumentsBlkdebugImage
}

type BlockdevAddArgumentsVvfat = {
  readonly dir: string
  readonly 'fat-type'?: number
  readonly floppy?: boolean
  readonly label?: string
  readonly rw?: boolean
}

type BlockdevMirrorArgumentsSync =
  | 'top'
  | 'full'
  | 'none'
  | 'incremental'
  | 'bitmap'

type BlockdevMirrorArgumentsOnSourceError =
  | 'report'
  | 'ignore'
  | 'enospc'
  | 'stop'
  | 'auto'

type BlockdevMirrorArgumentsCopyMode =
  | 'background'
  | 'write-blocking'

type CalcDirtyRateArgumentsMode =
  | 'page-sampling'
  | 'dirty-ring'
  | 'dirty-bitmap'

type MigrateContinueArgumentsState =
  | 'none'
  | 'setup'
  | 'cancelling'
  | 'cancelled'
  | 'active'
  | 'postcopy-active'
  | 'postcopy-paused'
  | 'postcopy-recover'
  | 'completed'
  | 'failed'
  | 'colo'
  | 'pre-switchover'
  | 'device'
  | 'wait-unplug'

type MigrateSetParametersArgumentsTlsCreds = string | null

type MigrateSetParametersArgumentsMultifdCompression =
  | 'none'
  | 'zlib'
  | 'zstd'

type MigrateSetParametersArgumentsBlockBitmapMapping = {
  readonly 'node-name': string
  readonly alias: string
  readonly bitmaps: readonly MigrateSetParametersArgumentsBlockBitmapMappingBitmaps[]
}

type NetdevAddArgumentsNic = {
  readonly netdev?: string
  readonly macaddr?: string
  readonly model?: string
  readonly addr?: string
  readonly vectors?: number
}

type NetdevAddArgumentsUser = {
  readonly hostname?: string
  readonly restrict?: boolean
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  readonly ip?: string
  readonly net?: string
  readonly host?: string
  readonly tftp?: string
  readonly bootfile?: string
  readonly dhcpstart?: string
  readonly dns?: string
  readonly dnssearch?: readonly NetdevAddArgumentsUserDnssearch[]
  readonly domainname?: string
  readonly 'ipv6-prefix'?: string
  readonly 'ipv6-prefixlen'?: number
  readonly 'ipv6-host'?: string
  readonly 'ipv6-dns'?: string
  readonly smb?: string
  readonly smbserver?: string
  readonly hostfwd?: readonly NetdevAddArgumentsUserDnssearch[]
  readonly guestfwd?: readonly NetdevAddArgumentsUserDnssearch[]
  readonly 'tftp-server-name'?: string
}

type NetdevAddArgumentsTap = {
  readonly ifname?: string
  readonly fd?: string
  readonly fds?: string
  readonly script?: string
  readonly downscript?: string
  readonly br?: string
  readonly helper?: string
  readonly sndbuf?: number
  readonly vnet_hdr?: boolean
  readonly vhost?: boolean
  readonly vhostfd?: string
  readonly vhostfds?: string
  readonly vhostforce?: boolean
  readonly queues?: number
  readonly 'poll-us'?: number
}

type NetdevAddArgumentsL2tpv3 = {
  readonly src: string
  readonly dst: string
  readonly srcport?: string
  readonly dstport?: string
  readonly ipv6?: boolean
  readonly udp?: boolean
  readonly cookie64?: boolean
  readonly counter?: boolean
  readonly pincounter?: boolean
  readonly txcookie?: number
  readonly rxcookie?: number
  readonly txsession: number
  readonly rxsession?: number
  readonly offset?: number
}

type NetdevAddArgumentsSocket = {
  readonly fd?: string
  readonly listen?: string
  readonly connect?: string
  readonly mcast?: string
  readonly localaddr?: string
  readonly udp?: string
}

type NetdevAddArgumentsStream = {
  readonly addr: QueryMigrateReturnsSocketAddress
  readonly server?: boolean
}

type NetdevAddArgumentsDgram = {
  readonly local?: QueryMigrateReturnsSocketAddress
  readonly remote?: QueryMigrateReturnsSocketAddress
}

type NetdevAddArgumentsVde = {
  readonly sock?: string
  readonly port?: number
  readonly group?: string
  readonly mode?: number
}

type NetdevAddArgumentsBridge = {
  readonly br?: string
  readonly helper?: string
}

type NetdevAddArgumentsHubport = {
  readonly hubid: number
  readonly netdev?: string
}

type NetdevAddArgumentsNetmap = {
  readonly ifname: string
  readonly devname?: string
}

type NetdevAddArgumentsVhostUser = {
  readonly chardev: string
  readonly vhostforce?: boolean
  readonly queues?: number
}

type NetdevAddArgumentsVhostVdpa = {
  readonly vhostdev?: string
  readonly vhostfd?: string
  readonly queues?: number
  readonly 'x-svq'?: boolean
}

type ObjectAddArgumentsAuthzList = {
  readonly policy?: ObjectAddArgumentsAuthzListPolicy
  readonly rules?: readonly ObjectAddArgumentsAuthzListRules[]
}

type ObjectAddArgumentsAuthzListfile = {
  readonly filename: string
  readonly refresh?: boolean
}

type ObjectAddArgumentsAuthzPam = {
  readonly service: string
}

type ObjectAddArgumentsAuthzSimple = {
  readonly identity: string
}

type ObjectAddArgumentsCanHostSocketcan = {
  readonly if: string
  readonly canbus: string
}

type ObjectAddArgumentsColoCompare = {
  readonly primary_in: string
  readonly secondary_in: string
  readonly outdev: string
  readonly iothread: string
  readonly notify_dev?: string
  readonly compare_timeout?: number
  readonly expired_scan_cycle?: number
  readonly max_queue_size?: number
  readonly vnet_hdr_support?: boolean
}

type ObjectAddArgumentsCryptodevBackend = {
  readonly queues?: number
}

type ObjectAddArgumentsCryptodevVhostUser = {
  readonly queues?: number
  readonly chardev: string
}

type ObjectAddArgumentsDbusVmstate = {
  readonly addr: string
  readonly 'id-list'?: string
}

type ObjectAddArgumentsFilterBuffer = {
  readonly netdev: string
  readonly queue?: ObjectAddArgumentsFilterBufferQueue
  readonly status?: string
  readonly position?: string
  readonly insert?: ObjectAddArgumentsFilterBufferInsert
  readonly interval: number
}

type ObjectAddArgumentsFilterDump = {
  readonly netdev: string
  readonly queue?: ObjectAddArgumentsFilterBufferQueue
  readonly status?: string
  readonly position?: string
  readonly insert?: ObjectAddArgumentsFilterBufferInsert
  readonly file: string
  readonly maxlen?: number
}

type ObjectAddArgumentsFilterMirror = {
  readonly netdev: string
  readonly queue?: ObjectAddArgumentsFilterBufferQueue
  readonly status?: string
  readonly position?: string
  readonly insert?: ObjectAddArgumentsFilterBufferInsert
  readonly outdev: string
  readonly vnet_hdr_support?: boolean
}

type ObjectAddArgumentsFilterRedirector = {
  readonly netdev: string
  readonly queue?: ObjectAddArgumentsFilterBufferQueue
  readonly status?: string
  readonly position?: string
  readonly insert?: ObjectAddArgumentsFilterBufferInsert
  readonly indev?: string
  readonly outdev?: string
  readonly vnet_hdr_support?: boolean
}

type ObjectAddArgumentsFilterReplay = {
  readonly netdev: string
  readonly queue?: ObjectAddArgumentsFilterBufferQueue
  readonly status?: string
  readonly position?: string
  readonly insert?: ObjectAddArgumentsFilterBufferInsert
}

type ObjectAddArgumentsFilterRewriter = {
  readonly netdev: string
  readonly queue?: ObjectAddArgumentsFilterBufferQueue
  readonly status?: string
  readonly position?: string
  readonly insert?: ObjectAddArgumentsFilterBufferInsert
  readonly vnet_hdr_support?: boolean
}

type ObjectAddArgumentsInputBarrier = {
  readonly name: string
  readonly server?: string
  readonly port?: string
  readonly 'x-origin'?: string
  readonly 'y-origin'?: string
  readonly width?: string
  readonly height?: string
}

type ObjectAddArgumentsInputLinux = {
  readonly evdev: string
  readonly grab_all?: boolean
  readonly repeat?: boolean
  readonly 'grab-toggle'?: ObjectAddArgumentsInputLinuxGrabToggle
}

type ObjectAddArgumentsIothread = {
  readonly 'aio-max-batch'?: number
  readonly 'thread-pool-min'?: number
  readonly 'thread-pool-max'?: number
  readonly 'poll-max-ns'?: number
  readonly 'poll-grow'?: number
  readonly 'poll-shrink'?: number
}

type ObjectAddArgumentsMainLoop = {
  readonly 'aio-max-batch'?: number
  readonly 'thread-pool-min'?: number
  readonly 'thread-pool-max'?: number
}

type ObjectAddArgumentsMemoryBackendEpc = {
  readonly dump?: boolean
  readonly 'host-nodes'?: readonly number[]
  readonly merge?: boolean
  readonly policy?: QueryMemdevReturnsPolicy
  readonly prealloc?: boolean
  readonly 'prealloc-threads'?: number
  readonly 'prealloc-context'?: string
  readonly share?: boolean
  readonly reserve?: boolean
  readonly size: number
  readonly 'x-use-canonical-path-for-ramblock-id'?: boolean
}

type ObjectAddArgumentsMemoryBackendFile = {
  readonly dump?: boolean
  readonly 'host-nodes'?: readonly number[]
  readonly merge?: boolean
  readonly policy?: QueryMemdevReturnsPolicy
  readonly prealloc?: boolean
  readonly 'prealloc-threads'?: number
  readonly 'prealloc-context'?: string
  readonly share?: boolean
  readonly reserve?: boolean
  readonly size: number
  readonly 'x-use-canonical-path-for-ramblock-id'?: boolean
  readonly align?: number
  readonly 'discard-data'?: boolean
  readonly 'mem-path': string
  readonly pmem?: boolean
  readonly readonly?: boolean
}

type ObjectAddArgumentsMemoryBackendMemfd = {
  readonly dump?: boolean
  readonly 'host-nodes'?: readonly number[]
  readonly merge?: boolean
  readonly policy?: QueryMemdevReturnsPolicy
  readonly prealloc?: boolean
  readonly 'prealloc-threads'?: number
  readonly 'prealloc-context'?: string
  readonly share?: boolean
  readonly reserve?: boolean
  readonly size: number
  readonly 'x-use-canonical-path-for-ramblock-id'?: boolean
  readonly hugetlb?: boolean
  readonly hugetlbsize?: number
  readonly seal?: boolean
}

type ObjectAddArgumentsMemoryBackendRam = {
  readonly dump?: boolean
  readonly 'host-nodes'?: readonly number[]
  readonly merge?: boolean
  readonly policy?: QueryMemdevReturnsPolicy
  readonly prealloc?: boolean
  readonly 'prealloc-threads'?: number
  readonly 'prealloc-context'?: string
  readonly share?: boolean
  readonly reserve?: boolean
  readonly size: number
  readonly 'x-use-canonical-path-for-ramblock-id'?: boolean
}

type ObjectAddArgumentsPrManagerHelper = {
  readonly path: string
}

type ObjectAddArgumentsQtest = {
  readonly chardev: string
  readonly log?: string
}

type ObjectAddArgumentsRngBuiltin = {
  readonly opened?: boolean
}

type ObjectAddArgumentsRngEgd = {
  readonly opened?: boolean
  readonly chardev: string
}

type ObjectAddArgumentsRngRandom = {
  readonly opened?: boolean
  readonly filename?: string
}

type ObjectAddArgumentsSecret = {
  readonly loaded?: boolean
  readonly format?: ObjectAddArgumentsSecretFormat
  readonly keyid?: string
  readonly iv?: string
  readonly data?: string
  readonly file?: string
}

type ObjectAddArgumentsSecretKeyring = {
  readonly loaded?: boolean
  readonly format?: ObjectAddArgumentsSecretFormat
  readonly keyid?: string
  readonly iv?: string
  readonly serial: number
}

type ObjectAddArgumentsSevGuest = {
  readonly 'sev-device'?: string
  readonly 'dh-cert-file'?: string
  readonly 'session-file'?: string
  readonly policy?: number
  readonly handle?: number
  readonly cbitpos?: number
  readonly 'reduced-phys-bits': number
  readonly 'kernel-hashes'?: boolean
}

type ObjectAddArgumentsThreadContext = {
  readonly 'cpu-affinity'?: readonly number[]
  readonly 'node-affinity'?: readonly number[]
}

type ObjectAddArgumentsThrottleGroup = {
  readonly limits?: ObjectAddArgumentsThrottleGroupLimits
  readonly 'x-iops-total'?: number
  readonly 'x-iops-total-max'?: number
  readonly 'x-iops-total-max-length'?: number
  readonly 'x-iops-read'?: number
  readonly 'x-iops-read-max'?: number
  readonly 'x-iops-read-max-length'?: number
  readonly 'x-iops-write'?: number
  readonly 'x-iops-write-max'?: number
  readonly 'x-iops-write-max-length'?: number
  readonly 'x-bps-total'?: number
  readonly 'x-bps-total-max'?: number
  readonly 'x-bps-total-max-length'?: number
  readonly 'x-bps-read'?: number
  readonly 'x-bps-read-max'?: number
  readonly 'x-bps-read-max-length'?: number
  readonly 'x-bps-write'?: number
  readonly 'x-bps-write-max'?: number
  readonly 'x-bps-write-max-length'?: number
  readonly 'x-iops-size'?: number
}

type ObjectAddArgumentsTlsCredsAnon = {
  readonly 'verify-peer'?: boolean
  readonly dir?: string
  readonly endpoint?: ObjectAddArgumentsTlsCredsAnonEndpoint
  readonly priority?: string
  readonly loaded?: boolean
}

type ObjectAddArgumentsTlsCredsPsk = {
  readonly 'verify-peer'?: boolean
  readonly dir?: string
  readonly endpoint?: ObjectAddArgumentsTlsCredsAnonEndpoint
  readonly priority?: string
  readonly loaded?: boolean
  readonly username?: string
}

type ObjectAddArgumentsTlsCredsX509 = {
  readonly 'verify-peer'?: boolean
  readonly dir?: string
  readonly endpoint?: ObjectAddArgumentsTlsCredsAnonEndpoint
  readonly priority?: string
  readonly loaded?: boolean
  readonly 'sanity-check'?: boolean
  readonly passwordid?: string
}

type ObjectAddArgumentsTlsCipherSuites = {
  readonly 'verify-peer'?: boolean
  readonly dir?: string
  readonly endpoint?: ObjectAddArgumentsTlsCredsAnonEndpoint
  readonly priority?: string
}

type ObjectAddArgumentsXRemoteObject = {
  readonly fd: string
  readonly devid: string
}

type ObjectAddArgumentsXVfioUserServer = {
  readonly socket: QueryMigrateReturnsSocketAddress
  readonly device: string
}

type QmpCapabilitiesArgumentsEnable =
  | 'oob'

type QueryBlockReturnsIoStatus =
  | 'ok'
  | 'failed'
  | 'nospace'

type QueryBlockstatsReturnsStats = {
  readonly rd_bytes: number
  readonly wr_bytes: number
  readonly unmap_bytes: number
  readonly rd_operations: number
  readonly wr_operations: number
  readonly flush_operations: number
  readonly unmap_operations: number
  readonly rd_total_time_ns: number
  readonly wr_total_time_ns: number
  readonly flush_total_time_ns: number
  readonly unmap_total_time_ns: number
  readonly wr_highest_offset: number
  readonly rd_merged: number
  readonly wr_merged: number
  readonly unmap_merged: number
  readonly idle_time_ns?: number
  readonly failed_rd_operations: number
  readonly failed_wr_operations: number
  readonly failed_flush_operations: number
  readonly failed_unmap_operations: number
  readonly invalid_rd_operations: number
  readonly invalid_wr_operations: number
  readonly invalid_flush_operations: number
  readonly invalid_unmap_operations: number
  readonly account_invalid: boolean
  readonly account_failed: boolean
  readonly timed_stats: readonly QueryBlockstatsReturnsStatsTimedStats[]
  readonly rd_latency_histogram?: QueryBlockstatsReturnsStatsRdLatencyHistogram
  readonly wr_latency_histogram?: QueryBlockstatsReturnsStatsRdLatencyHistogram
  readonly flush_latency_histogram?: QueryBlockstatsReturnsStatsRdLatencyHistogram
}

type QueryBlockstatsReturnsDriverSpecific = 
  | { readonly driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'snapshot-access' | 'ftp' | 'ftps' | 'gluster' | 'host_cdrom' | 'http' | 'https' | 'iscsi' | 'luks' | 'nbd' | 'nfs' | 'null-aio' | 'null-co' | 'parallels' | 'preallocate' | 'qcow' | 'qcow2' | 'qed' | 'quorum' | 'raw' | 'rbd' | 'replication' | 'ssh' | 'throttle' | 'vdi' | 'vhdx' | 'vmdk' | 'vpc' | 'vvfat' }
  | ({ readonly driver: 'file' | 'host_device' } & QueryBlockstatsReturnsDriverSpecificFile)
  | ({ readonly driver: 'nvme' } & QueryBlockstatsReturnsDriverSpecificNvme)

type QueryCpuModelExpansionArgumentsType =
  | 'static'
  | 'full'

type QueryCpuModelExpansionArgumentsModel = {
  readonly name: string
  readonly props?: unknown
}

type QueryCpusFastReturnsProps = {
  readonly 'node-id'?: number
  readonly 'socket-id'?: number
  readonly 'die-id'?: number
  readonly 'cluster-id'?: number
  readonly 'core-id'?: number
  readonly 'thread-id'?: number
}

type QueryCpusFastReturnsS390x = {
  readonly 'cpu-state': QueryCpusFastReturnsS390xCpuState
}

type QueryDirtyRateReturnsStatus =
  | 'unstarted'
  | 'measuring'
  | 'measured'

type QueryDirtyRateReturnsVcpuDirtyRate = {
  readonly id: number
  readonly 'dirty-rate': number
}

type QueryJobsReturnsType =
  | 'commit'
  | 'stream'
  | 'mirror'
  | 'backup'
  | 'create'
  | 'amend'
  | 'snapshot-load'
  | 'snapshot-save'
  | 'snapshot-delete'

type QueryJobsReturnsStatus =
  | 'undefined'
  | 'created'
  | 'running'
  | 'paused'
  | 'ready'
  | 'standby'
  | 'waiting'
  | 'pending'
  | 'aborting'
  | 'concluded'
  | 'null'

type QueryMemdevReturnsPolicy =
  | 'default'
  | 'preferred'
  | 'bind'
  | 'interleave'

type QueryMigrateReturnsRam = {
  readonly transferred: number
  readonly remaining: number
  readonly total: number
  readonly duplicate: number
  readonly skipped: number
  readonly normal: number
  readonly 'normal-bytes': number
  readonly 'dirty-pages-rate': number
  readonly mbps: number
  readonly 'dirty-sync-count': number
  readonly 'postcopy-requests': number
  readonly 'page-size': number
  readonly 'multifd-bytes': number
  readonly 'pages-per-second': number
  readonly 'precopy-bytes': number
  readonly 'downtime-bytes': number
  readonly 'postcopy-bytes': number
  readonly 'dirty-sync-missed-zero-copy': number
}

type QueryMigrateReturnsVfio = {
  readonly transferred: number
}

type QueryMigrateReturnsXbzrleCache = {
  readonly 'cache-size': number
  readonly bytes: number
  readonly pages: number
  readonly 'cache-miss': number
  readonly 'cache-miss-rate': number
  readonly 'encoding-rate': number
  readonly overflow: number
}

type QueryMigrateReturnsCompression = {
  readonly pages: number
  readonly busy: number
  readonly 'busy-rate': number
  readonly 'compressed-size': number
  readonly 'compression-rate': number
}

type QueryMigrateReturnsSocketAddress = 
  | ({ readonly type: 'inet' } & BlockdevAddArgumentsSshServer)
  | ({ readonly type: 'unix' } & QueryMigrateReturnsSocketAddressUnix)
  | ({ readonly type: 'vsock' } & QueryMigrateReturnsSocketAddressVsock)
  | ({ readonly type: 'fd' } & NetdevAddArgumentsUserDnssearch)

type QueryMigrateCapabilitiesReturnsCapability =
  | 'xbzrle'
  | 'rdma-pin-all'
  | 'auto-converge'
  | 'zero-blocks'
  | 'compress'
  | 'events'
  | 'postcopy-ram'
  | 'x-colo'
  | 'release-ram'
  | 'block'
  | 'return-path'
  | 'pause-before-switchover'
  | 'multifd'
  | 'dirty-bitmaps'
  | 'postcopy-blocktime'
  | 'late-block-activate'
  | 'x-ignore-shared'
  | 'validate-uuid'
  | 'background-snapshot'
  | 'zero-copy-send'
  | 'postcopy-preempt'

type QueryNamedBlockNodesReturnsImage = {
  readonly filename: string
  readonly format: string
  readonly 'dirty-flag'?: boolean
  readonly 'actual-size'?: number
  readonly 'virtual-size': number
  readonly 'cluster-size'?: number
  readonly encrypted?: boolean
  readonly compressed?: boolean
  readonly 'backing-filename'?: string
  readonly 'full-backing-filename'?: string
  readonly 'backing-filename-format'?: string
  readonly snapshots?: readonly QueryNamedBlockNodesReturnsImageSnapshots[]
  readonly 'backing-image'?: QueryNamedBlockNodesReturnsImage
  readonly 'format-specific'?: QueryNamedBlockNodesReturnsImageFormatSpecific
}

type QueryNamedBlockNodesReturnsCache = {
  readonly writeback: boolean
  readonly direct: boolean
  readonly 'no-flush': boolean
}

type QueryNamedBlockNodesReturnsDirtyBitmaps = {
  readonly name?: string
  readonly count: number
  readonly granularity: number
  readonly recording: boolean
  readonly busy: boolean
  readonly persistent: boolean
  readonly inconsistent?: boolean
}

type QueryQmpSchemaReturnsBuiltin = {
  readonly 'json-type': QueryQmpSchemaReturnsBuiltinJsonType
}

type QueryQmpSchemaReturnsEnum = {
  readonly members: readonly QueryQmpSchemaReturnsEnumMembers[]
  readonly values: readonly string[]
}

type QueryQmpSchemaReturnsArray = {
  readonly 'element-type': string
}

type QueryQmpSchemaReturnsObject = {
  readonly members: readonly QueryQmpSchemaReturnsObjectMembers[]
  readonly tag?: string
  readonly variants?: readonly QueryQmpSchemaReturnsObjectVariants[]
}

type QueryQmpSchemaReturnsAlternate = {
  readonly members: readonly QueryQmpSchemaReturnsAlternateMembers[]
}

type QueryQmpSchemaReturnsCommand = {
  readonly 'arg-type': string
  readonly 'ret-type': string
  readonly 'allow-oob'?: boolean
}

type QueryQmpSchemaReturnsEvent = {
  readonly 'arg-type': string
}

type QueryRxFilterReturnsMulticast =
  | 'normal'
  | 'none'
  | 'all'

type QueryStatusReturnsStatus =
  | 'debug'
  | 'inmigrate'
  | 'internal-error'
  | 'io-error'
  | 'paused'
  | 'postmigrate'
  | 'prelaunch'
  | 'finish-migrate'
  | 'restore-vm'
  | 'running'
  | 'save-vm'
  | 'shutdown'
  | 'suspended'
  | 'watchdog'
  | 'guest-panicked'
  | 'colo'

type QueryVersionReturnsQemu = {
  readonly major: number
  readonly minor: number
  readonly micro: number
}

type QueryYankReturnsBlockNode = {
  readonly 'node-name': string
}

type QueryYankReturnsChardev = {
  readonly id: string
}

type XQueryVirtioStatusReturnsGuestFeatures = {
  readonly transports: readonly string[]
  readonly 'dev-features'?: readonly string[]
  readonly 'unknown-dev-features'?: number
}

type XQueryVirtioStatusReturnsStatus = {
  readonly statuses: readonly string[]
  readonly 'unknown-statuses'?: number
}

type XQueryVirtioStatusReturnsVhostDev = {
  readonly 'n-mem-sections': number
  readonly 'n-tmp-sections': number
  readonly nvqs: number
  readonly 'vq-index': number
  readonly features: XQueryVirtioStatusReturnsGuestFeatures
  readonly 'acked-features': XQueryVirtioStatusReturnsGuestFeatures
  readonly 'backend-features': XQueryVirtioStatusReturnsGuestFeatures
  readonly 'protocol-features': XQueryVirtioStatusReturnsVhostDevProtocolFeatures
  readonly 'max-queues': number
  readonly 'backend-cap': number
  readonly 'log-enabled': boolean
  readonly 'log-size': number
}

type BlockIoErrorEventOperation =
  | 'read'
  | 'write'

type BlockIoErrorEventAction =
  | 'ignore'
  | 'report'
  | 'stop'

type GuestPanickedEventAction =
  | 'pause'
  | 'poweroff'
  | 'run'

type GuestPanickedEventInfo = 
  | ({ readonly type: 'hyper-v' } & GuestPanickedEventInfoHyperV)
  | ({ readonly type: 's390' } & GuestPanickedEventInfoS390)

type ResetEventReason =
  | 'none'
  | 'host-error'
  | 'host-qmp-quit'
  | 'host-qmp-system-reset'
  | 'host-signal'
  | 'host-ui'
  | 'guest-shutdown'
  | 'guest-reset'
  | 'guest-panic'
  | 'subsystem-reset'
  | 'snapshot-load'

type WatchdogEventAction =
  | 'reset'
  | 'shutdown'
  | 'poweroff'
  | 'pause'
  | 'debug'
  | 'none'
  | 'inject-nmi'

type BlockdevAddArgumentsBlkdebugImage = BlockdevAddArguments | string

type BlockdevAddArgumentsBlkdebugInjectError = {
  readonly event: BlockdevAddArgumentsBlkdebugInjectErrorEvent
  readonly state?: number
  readonly iotype?: BlockdevAddArgumentsBlkdebugInjectErrorIotype
  readonly errno?: number
  readonly sector?: number
  readonly once?: boolean
  readonly immediately?: boolean
}

type BlockdevAddArgumentsBlkdebugSetState = {
  readonly event: BlockdevAddArgumentsBlkdebugInjectErrorEvent
  readonly state?: number
  readonly new_state: number
}

type BlockdevAddArgumentsBlkdebugTakeChildPerms =
  | 'consistent-read'
  | 'write'
  | 'write-unchanged'
  | 'resize'

type BlockdevAddArgumentsCopyBeforeWriteBitmap = {
  readonly node: string
  readonly name: string
}

type BlockdevAddArgumentsCopyBeforeWriteOnCbwError =
  | 'break-guest-write'
  | 'break-snapshot'

type BlockdevAddArgumentsFileLocking =
  | 'auto'
  | 'on'
  | 'off'

type BlockdevAddArgumentsFileAio =
  | 'threads'
  | 'native'
  | 'io_uring'

type BlockdevAddArgumentsIscsiTransport =
  | 'tcp'
  | 'iser'

type BlockdevAddArgumentsIscsiHeaderDigest =
  | 'crc32c'
  | 'none'
  | 'crc32c-none'
  | 'none-crc32c'

type BlockdevAddArgumentsNfsServer = {
  readonly type: BlockdevAddArgumentsNfsServerType
  readonly host: string
}

type BlockdevAddArgumentsQcowBacking = BlockdevAddArguments | string | null

type BlockdevAddArgumentsQcowEncrypt = 
  | ({ readonly format: 'aes' } & BlockdevAddArgumentsQcowEncryptAes)

type BlockdevAddArgumentsQcow2OverlapCheck = BlockdevAddArgumentsQcow2OverlapCheck1 | BlockdevAddArgumentsQcow2OverlapCheck2

type BlockdevAddArgumentsQcow2Encrypt = 
  | ({ readonly format: 'aes' } & BlockdevAddArgumentsQcowEncryptAes)
  | ({ readonly format: 'luks' } & BlockdevAddArgumentsQcow2EncryptLuks)

type BlockdevAddArgumentsQuorumReadPattern =
  | 'quorum'
  | 'fifo'

type BlockdevAddArgumentsRbdEncrypt = 
  | ({ readonly format: 'luks' } & BlockdevAddArgumentsRbdEncryptLuks)
  | ({ readonly format: 'luks2' } & BlockdevAddArgumentsRbdEncryptLuks2)

type BlockdevAddArgumentsRbdAuthClientRequired =
  | 'cephx'
  | 'none'

type BlockdevAddArgumentsRbdServer = {
  readonly host: string
  readonly port: string
}

type BlockdevAddArgumentsReplicationMode =
  | 'primary'
  | 'secondary'

type BlockdevAddArgumentsSshServer = {
  readonly host: string
  readonly port: string
  readonly numeric?: boolean
  readonly to?: number
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  readonly 'keep-alive'?: boolean
  readonly mptcp?: boolean
}

type BlockdevAddArgumentsSshHostKeyCheck = 
  | { readonly mode: 'none' | 'known_hosts' }
  | ({ readonly mode: 'hash' } & BlockdevAddArgumentsSshHostKeyCheckHash)

type MigrateSetParametersArgumentsBlockBitmapMappingBitmaps = {
  readonly name: string
  readonly alias: string
  readonly transform?: MigrateSetParametersArgumentsBlockBitmapMappingBitmapsTransform
}

type NetdevAddArgumentsUserDnssearch = {
  readonly str: string
}

type ObjectAddArgumentsAuthzListPolicy =
  | 'deny'
  | 'allow'

type ObjectAddArgumentsAuthzListRules = {
  readonly match: string
  readonly policy: ObjectAddArgumentsAuthzListPolicy
  readonly format?: ObjectAddArgumentsAuthzListRulesFormat
}

type ObjectAddArgumentsFilterBufferQueue =
  | 'all'
  | 'rx'
  | 'tx'

type ObjectAddArgumentsFilterBufferInsert =
  | 'before'
  | 'behind'

type ObjectAddArgumentsInputLinuxGrabToggle =
  | 'ctrl-ctrl'
  | 'alt-alt'
  | 'shift-shift'
  | 'meta-meta'
  | 'scrolllock'
  | 'ctrl-scrolllock'

type ObjectAddArgumentsSecretFormat =
  | 'raw'
  | 'base64'

type ObjectAddArgumentsThrottleGroupLimits = {
  readonly 'iops-total'?: number
  readonly 'iops-total-max'?: number
  readonly 'iops-total-max-length'?: number
  readonly 'iops-read'?: number
  readonly 'iops-read-max'?: number
  readonly 'iops-read-max-length'?: number
  readonly 'iops-write'?: number
  readonly 'iops-write-max'?: number
  readonly 'iops-write-max-length'?: number
  readonly 'bps-total'?: number
  readonly 'bps-total-max'?: number
  readonly 'bps-total-max-length'?: number
  readonly 'bps-read'?: number
  readonly 'bps-read-max'?: number
  readonly 'bps-read-max-length'?: number
  readonly 'bps-write'?: number
  readonly 'bps-write-max'?: number
  readonly 'bps-write-max-length'?: number
  readonly 'iops-size'?: number
}

type ObjectAddArgumentsTlsCredsAnonEndpoint =
  | 'client'
  | 'server'

type QueryBlockstatsReturnsStatsTimedStats = {
  readonly interval_length: number
  readonly min_rd_latency_ns: number
  readonly max_rd_latency_ns: number
  readonly avg_rd_latency_ns: number
  readonly min_wr_latency_ns: number
  readonly max_wr_latency_ns: number
  readonly avg_wr_latency_ns: number
  readonly min_flush_latency_ns: number
  readonly max_flush_latency_ns: number
  readonly avg_flush_latency_ns: number
  readonly avg_rd_queue_depth: number
  readonly avg_wr_queue_depth: number
}

type QueryBlockstatsReturnsStatsRdLatencyHistogram = {
  readonly boundaries: readonly number[]
  readonly bins: readonly number[]
}

type QueryBlockstatsReturnsDriverSpecificFile = {
  readonly 'discard-nb-ok': number
  readonly 'discard-nb-failed': number
  readonly 'discard-bytes-ok': number
}

type QueryBlockstatsReturnsDriverSpecificNvme = {
  readonly 'completion-errors': number
  readonly 'aligned-accesses': number
  readonly 'unaligned-accesses': number
}

type QueryCpusFastReturnsS390xCpuState =
  | 'uninitialized'
  | 'stopped'
  | 'check-stop'
  | 'operating'
  | 'load'

type QueryMigrateReturnsSocketAddressUnix = {
  readonly path: string
  readonly abstract?: boolean
  readonly tight?: boolean
}

type QueryMigrateReturnsSocketAddressVsock = {
  readonly cid: string
  readonly port: string
}

type QueryNamedBlockNodesReturnsImageSnapshots = {
  readonly id: string
  readonly name: string
  readonly 'vm-state-size': number
  readonly 'date-sec': number
  readonly 'date-nsec': number
  readonly 'vm-clock-sec': number
  readonly 'vm-clock-nsec': number
  readonly icount?: number
}

type QueryNamedBlockNodesReturnsImageFormatSpecific = 
  | ({ readonly type: 'qcow2' } & QueryNamedBlockNodesReturnsImageFormatSpecificQcow2)
  | ({ readonly type: 'vmdk' } & QueryNamedBlockNodesReturnsImageFormatSpecificVmdk)
  | ({ readonly type: 'luks' } & QueryNamedBlockNodesReturnsImageFormatSpecificLuks)
  | ({ readonly type: 'rbd' } & QueryNamedBlockNodesReturnsImageFormatSpecificRbd)

type QueryQmpSchemaReturnsBuiltinJsonType =
  | 'string'
  | 'number'
  | 'int'
  | 'boolean'
  | 'null'
  | 'object'
  | 'array'
  | 'value'

type QueryQmpSchemaReturnsEnumMembers = {
  readonly name: string
  readonly features?: readonly string[]
}

type QueryQmpSchemaReturnsObjectMembers = {
  readonly name: string
  readonly type: string
  readonly default?: unknown
  readonly features?: readonly string[]
}

type QueryQmpSchemaReturnsObjectVariants = {
  readonly case: string
  readonly type: string
}

type QueryQmpSchemaReturnsAlternateMembers = {
  readonly type: string
}

type XQueryVirtioStatusReturnsVhostDevProtocolFeatures = {
  readonly protocols: readonly string[]
  readonly 'unknown-protocols'?: number
}

type GuestPanickedEventInfoHyperV = {
  readonly arg1: number
  readonly arg2: number
  readonly arg3: number
  readonly arg4: number
  readonly arg5: number
}

type GuestPanickedEventInfoS390 = {
  readonly core: number
  readonly 'psw-mask': number
  readonly 'psw-addr': number
  readonly reason: GuestPanickedEventInfoS390Reason
}

type BlockdevAddArgumentsBlkdebugInjectErrorEvent =
  | 'l1_update'
  | 'l1_grow_alloc_table'
  | 'l1_grow_write_table'
  | 'l1_grow_activate_table'
  | 'l2_load'
  | 'l2_update'
  | 'l2_update_compressed'
  | 'l2_alloc_cow_read'
  | 'l2_alloc_write'
  | 'read_aio'
  | 'read_backing_aio'
  | 'read_compressed'
  | 'write_aio'
  | 'write_compressed'
  | 'vmstate_load'
  | 'vmstate_save'
  | 'cow_read'
  | 'cow_write'
  | 'reftable_load'
  | 'reftable_grow'
  | 'reftable_update'
  | 'refblock_load'
  | 'refblock_update'
  | 'refblock_update_part'
  | 'refblock_alloc'
  | 'refblock_alloc_hookup'
  | 'refblock_alloc_write'
  | 'refblock_alloc_write_blocks'
  | 'refblock_alloc_write_table'
  | 'refblock_alloc_switch_table'
  | 'cluster_alloc'
  | 'cluster_alloc_bytes'
  | 'cluster_free'
  | 'flush_to_os'
  | 'flush_to_disk'
  | 'pwritev_rmw_head'
  | 'pwritev_rmw_after_head'
  | 'pwritev_rmw_tail'
  | 'pwritev_rmw_after_tail'
  | 'pwritev'
  | 'pwritev_zero'
  | 'pwritev_done'
  | 'empty_image_prepare'
  | 'l1_shrink_write_table'
  | 'l1_shrink_free_l2_clusters'
  | 'cor_write'
  | 'cluster_alloc_space'
  | 'none'

type BlockdevAddArgumentsBlkdebugInjectErrorIotype =
  | 'read'
  | 'write'
  | 'write-zeroes'
  | 'discard'
  | 'flush'
  | 'block-status'

type BlockdevAddArgumentsNfsServerType =
  | 'inet'

type BlockdevAddArgumentsQcowEncryptAes = {
  readonly 'key-secret'?: string
}

type BlockdevAddArgumentsQcow2OverlapCheck1 = {
  readonly template?: BlockdevAddArgumentsQcow2OverlapCheck2
  readonly 'main-header'?: boolean
  readonly 'active-l1'?: boolean
  readonly 'active-l2'?: boolean
  readonly 'refcount-table'?: boolean
  readonly 'refcount-block'?: boolean
  readonly 'snapshot-table'?: boolean
  readonly 'inactive-l1'?: boolean
  readonly 'inactive-l2'?: boolean
  readonly 'bitmap-directory'?: boolean
}

type BlockdevAddArgumentsQcow2OverlapCheck2 =
  | 'none'
  | 'constant'
  | 'cached'
  | 'all'

type BlockdevAddArgumentsQcow2EncryptLuks = {
  readonly 'key-secret'?: string
}

type BlockdevAddArgumentsRbdEncryptLuks = {
  readonly 'key-secret': string
}

type BlockdevAddArgumentsRbdEncryptLuks2 = {
  readonly 'key-secret': string
}

type BlockdevAddArgumentsSshHostKeyCheckHash = {
  readonly type: BlockdevAddArgumentsSshHostKeyCheckHashType
  readonly hash: string
}

type MigrateSetParametersArgumentsBlockBitmapMappingBitmapsTransform = {
  readonly persistent?: boolean
}

type ObjectAddArgumentsAuthzListRulesFormat =
  | 'exact'
  | 'glob'

type QueryNamedBlockNodesReturnsImageFormatSpecificQcow2 = {
  readonly data: QueryNamedBlockNodesReturnsImageFormatSpecificQcow2Data
}

type QueryNamedBlockNodesReturnsImageFormatSpecificVmdk = {
  readonly data: QueryNamedBlockNodesReturnsImageFormatSpecificVmdkData
}

type QueryNamedBlockNodesReturnsImageFormatSpecificLuks = {
  readonly data: QueryNamedBlockNodesReturnsImageFormatSpecificLuksData
}

type QueryNamedBlockNodesReturnsImageFormatSpecificRbd = {
  readonly data: QueryNamedBlockNodesReturnsImageFormatSpecificRbdData
}

type GuestPanickedEventInfoS390Reason =
  | 'unknown'
  | 'disabled-wait'
  | 'extint-loop'
  | 'pgmint-loop'
  | 'opint-loop'

type BlockdevAddArgumentsSshHostKeyCheckHashType =
  | 'md5'
  | 'sha1'
  | 'sha256'

type QueryNamedBlockNodesReturnsImageFormatSpecificQcow2Data = {
  readonly compat: string
  readonly 'data-file'?: string
  readonly 'data-file-raw'?: boolean
  readonly 'extended-l2'?: boolean
  readonly 'lazy-refcounts'?: boolean
  readonly corrupt?: boolean
  readonly 'refcount-bits': number
  readonly encrypt?: QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataEncrypt
  readonly bitmaps?: readonly QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataBitmaps[]
  readonly 'compression-type': QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataCompressionType
}

type QueryNamedBlockNodesReturnsImageFormatSpecificVmdkData = {
  readonly 'create-type': string
  readonly cid: number
  readonly 'parent-cid': number
  readonly extents: readonly QueryNamedBlockNodesReturnsImage[]
}

type QueryNamedBlockNodesReturnsImageFormatSpecificLuksData = {
  readonly 'cipher-alg': QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataCipherAlg
  readonly 'cipher-mode': QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataCipherMode
  readonly 'ivgen-alg': QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataIvgenAlg
  readonly 'ivgen-hash-alg'?: QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataIvgenHashAlg
  readonly 'hash-alg': QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataIvgenHashAlg
  readonly 'payload-offset': number
  readonly 'master-key-iters': number
  readonly uuid: string
  readonly slots: readonly QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataSlots[]
}

type QueryNamedBlockNodesReturnsImageFormatSpecificRbdData = {
  readonly 'encryption-format'?: QueryNamedBlockNodesReturnsImageFormatSpecificRbdDataEncryptionFormat
}

type QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataEncrypt = 
  | { readonly format: 'aes' }
  | ({ readonly format: 'luks' } & QueryNamedBlockNodesReturnsImageFormatSpecificLuksData)

type QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataBitmaps = {
  readonly name: string
  readonly granularity: number
  readonly flags: readonly QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataBitmapsFlags[]
}

type QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataCompressionType =
  | 'zlib'
  | 'zstd'

type QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataCipherAlg =
  | 'aes-128'
  | 'aes-192'
  | 'aes-256'
  | 'des'
  | '3des'
  | 'cast5-128'
  | 'serpent-128'
  | 'serpent-192'
  | 'serpent-256'
  | 'twofish-128'
  | 'twofish-192'
  | 'twofish-256'

type QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataCipherMode =
  | 'ecb'
  | 'cbc'
  | 'xts'
  | 'ctr'

type QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataIvgenAlg =
  | 'plain'
  | 'plain64'
  | 'essiv'

type QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataIvgenHashAlg =
  | 'md5'
  | 'sha1'
  | 'sha224'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'ripemd160'

type QueryNamedBlockNodesReturnsImageFormatSpecificLuksDataSlots = {
  readonly active: boolean
  readonly iters?: number
  readonly stripes?: number
  readonly 'key-offset': number
}

type QueryNamedBlockNodesReturnsImageFormatSpecificRbdDataEncryptionFormat =
  | 'luks'
  | 'luks2'

type QueryNamedBlockNodesReturnsImageFormatSpecificQcow2DataBitmapsFlags =
  | 'in-use'
  | 'auto'
