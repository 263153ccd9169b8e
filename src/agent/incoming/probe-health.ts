import { z } from 'zod'
import { QmpError } from '../../qmp/qmp-errors.ts'
import { statusSchema } from '../../qmp/schemas.ts'
import { retryUntil } from '../../util/retry-until.ts'
import { runCommand } from '../../util/run-command.ts'
import { blockDevices } from '../../vm/block-devices.ts'
import { linkName } from '../../vm/network.ts'
import type { RunningZone, Zone } from '../zone.ts'
import { silentDisks } from './silent-disks.ts'

/** A processor with work to do has moved by then, and a network that can be told has been. */
const patience = { timeoutMs: 1_500, intervalMs: 40 }

/**
 * Looks whether a guest that has just gone on here really lives: its processors move or wait for work, its disks have not failed
 * it and answer a read, and the bridges of this host know its NICs. Nothing is asked of the guest, so nothing of it waits.
 *
 * @returns what is wrong, in words; empty: nothing
 */
export async function probeHealth(zone: Pick<Zone, 'name' | 'running'>): Promise<string[]> {
  const { running } = zone
  if (running === undefined) return ['its hypervisor has ended']
  try {
    const found = await Promise.all([
      stopped(running),
      stillCpus(running),
      failedDisks(running),
      silentDisks(running.machine.qemu.qmp, patience),
      unheard(running),
    ])
    return found.flat()
  } catch (error) {
    if (error instanceof QmpError) return [`its hypervisor does not say how it is: ${error.desc}`]
    return [`it cannot be found out how it is: ${(error as Error).message}`]
  }
}

async function stopped({ machine }: RunningZone): Promise<string[]> {
  const { status } = await machine.qemu.qmp.execute('query-status', {}, { schema: statusSchema })
  return status === 'running' ? [] : [`it does not run (${status})`]
}

/** `info registers -a` of QEMU's monitor: where each processor is, and whether it waits for an interrupt. */
export function parseRegisters(
  text: string,
): Map<string, { readonly at: string; readonly isWaiting: boolean }> {
  const blocks = [...text.matchAll(/CPU#(\d+)([^]*?)(?=CPU#\d|$)/g)]
  return new Map(
    blocks.map(([, id = '', block = '']) => {
      const at = /\b[RE]IP=([0-9a-f]+)/.exec(block)?.[1] ?? ''
      return [id, { at, isWaiting: /\bHLT=1\b/.test(block) }]
    }),
  )
}

async function stillCpus({ machine }: RunningZone): Promise<string[]> {
  const look = async () => {
    const text = await machine.qemu.qmp.execute('human-monitor-command', {
      'command-line': 'info registers -a',
    })
    return parseRegisters(z.string().parse(text))
  }
  const first = await look()
  const waiting = new Set([...first].flatMap(([id, { isWaiting }]) => (isWaiting ? [] : [id])))
  await retryUntil(async () => {
    for (const [id, { at, isWaiting }] of await look()) {
      if (isWaiting || at !== first.get(id)?.at) waiting.delete(id)
    }
    return waiting.size === 0 ? true : undefined
  }, patience)
  return waiting.size === 0 ? [] : [`vCPU ${[...waiting].join(', ')} does not move`]
}

async function failedDisks({ machine }: RunningZone): Promise<string[]> {
  const failed = (await blockDevices(machine.qemu.qmp)).filter(
    (block) => (block['io-status'] ?? 'ok') !== 'ok',
  )
  return failed.map((block) => `its disk ${block.qdev ?? ''} has failed (${block['io-status']})`)
}

const entries = z.array(z.object({ mac: z.string(), state: z.string().optional() }))

/** NICs that the bridge of this host has not heard yet; without a bridge there is nothing to learn. */
async function unheard({ machine: { spec, links } }: RunningZone): Promise<string[]> {
  const bridged = spec.nics.filter((nic) => links.includes(linkName(spec.uuid, nic)))
  const silent = async (nic: (typeof bridged)[number]) => {
    const link = linkName(spec.uuid, nic)
    const isHeard = await retryUntil(async () => {
      const { stdout } = await runCommand('bridge', ['-j', 'fdb', 'show', 'brport', link], {})
      const known = entries.parse(JSON.parse(stdout || '[]'))
      const isThere = known.some(({ mac, state }) => mac === nic.macAddress && state !== 'permanent')
      return isThere ? true : undefined
    }, patience)
    return isHeard ? [] : [`the bridge has not heard ${nic.kind} ${nic.id} (${nic.macAddress})`]
  }
  return (await Promise.all(bridged.map(silent))).flat()
}
