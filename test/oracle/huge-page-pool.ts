/** Pages of 2 MiB that the hosts of this machine have in common. */
export const hugePagePool = { file: '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages', pages: 48 }

/** The command that makes the pool of this size, as a program and its arguments. */
export const poolOf = (pages: number) => ['sh', '-c', `echo ${pages} > ${hugePagePool.file}`]
