import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../util/run-command.ts'
import { chooseDefaultLink, parseIpRoutes, readDefaultRoutes } from './default-link.ts'
import { parseBridgeVlans, parseIpLinks, readLinks } from './links.ts'
import { Link } from './schema.ts'

const link = (name: string, kind: Link['kind']): Link => ({
  name,
  kind,
  up: true,
  mtu: 1500,
  vlanFiltering: false,
})
const bridges = [link('eth0', 'ethernet'), link('br0', 'bridge'), link('br1', 'bridge')]

test('parseIpLinks() reads kind, order and MTU of each link', () => {
  const ip = (
    ifname: string,
    flags: string[],
    link_type: string,
    info_kind?: string,
    info_data: object = {},
  ) => ({
    ifindex: 1,
    ifname,
    flags,
    mtu: 9000,
    operstate: 'UNKNOWN',
    link_type,
    ...(info_kind === undefined ? {} : { linkinfo: { info_kind, info_data } }),
  })
  const text = JSON.stringify([
    ip('lo', ['LOOPBACK', 'UP', 'LOWER_UP'], 'loopback'),
    ip('eth0', ['BROADCAST', 'UP'], 'ether'),
    ip('br0', ['NO-CARRIER', 'BROADCAST', 'UP'], 'ether', 'bridge'),
    ip('br1', ['BROADCAST'], 'ether', 'bridge', { vlan_filtering: 1 }),
    ip('eth0.7', ['UP'], 'ether', 'vlan'),
    ip('bond0', ['UP'], 'ether', 'bond'),
    ip('veth0', ['UP'], 'ether', 'veth'),
    ip('tap0', ['UP'], 'ether', 'tun'),
  ])
  assert.deepEqual(
    parseIpLinks(text).map(({ name, kind, up }) => [name, kind, up]),
    [
      ['lo', 'other', true],
      ['eth0', 'ethernet', true],
      ['br0', 'bridge', true],
      ['br1', 'bridge', false],
      ['eth0.7', 'vlan', true],
      ['bond0', 'bond', true],
      ['veth0', 'ethernet', true],
      ['tap0', 'other', true],
    ],
  )
  assert.equal(parseIpLinks(text)[0]?.mtu, 9000)
  const filtering = parseIpLinks(text).filter(({ vlanFiltering }) => vlanFiltering)
  assert.deepEqual(
    filtering.map(({ name }) => name),
    ['br1'],
  )
  assert.throws(() => parseIpLinks('{"ifname":"lo"}'))
})

test('parseBridgeVlans() reads the VLANs of each port, for the links', () => {
  const vlans = parseBridgeVlans(
    JSON.stringify([
      {
        ifname: 'eth0',
        vlans: [
          { vlan: 1, flags: ['PVID', 'Egress Untagged'] },
          { vlan: 7, flags: [] },
          { vlan: 10, vlanEnd: 12 },
        ],
      },
      { ifname: 'br0', vlans: [{ vlan: 1, flags: ['PVID', 'Egress Untagged'] }] },
    ]),
  )
  assert.deepEqual(vlans.get('eth0'), [
    [1, 1],
    [7, 7],
    [10, 12],
  ])
  const ip = (ifname: string, more: object) => ({
    ifname,
    flags: ['UP'],
    mtu: 1500,
    link_type: 'ether',
    ...more,
  })
  const links = parseIpLinks(
    JSON.stringify([ip('br0', { linkinfo: { info_kind: 'bridge' } }), ip('eth0', { master: 'br0' })]),
    vlans,
  )
  assert.deepEqual(links[1]?.vlans, [
    [1, 1],
    [7, 7],
    [10, 12],
  ])
  assert.equal(links[0]?.vlans, undefined)
  assert.deepEqual(parseBridgeVlans(''), new Map())
})

test('A link that is not of Ethernet is of another kind, whatever it joins', () => {
  const bond = { ifname: 'ib0', flags: ['UP'], mtu: 2044, link_type: 'infiniband', address: '80:00:02' }
  const [link] = parseIpLinks(JSON.stringify([{ ...bond, linkinfo: { info_kind: 'bond' } }]))
  assert.deepEqual([link?.kind, link?.macAddress], ['other', undefined])
})

test('readLinks() finds the loopback of this machine', async () => {
  const links = await readLinks()
  assert.deepEqual(Link.array().parse(links), links)
  assert(links.some(({ name, kind }) => name === 'lo' && kind === 'other'))
})

test('A real bridge with a default route is read from what ip writes', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('Only root can make a network namespace')
  const script = `
    ip link add br7 address 02:00:00:00:00:07 type bridge
    ip link add br8 address 02:00:00:00:00:08 type bridge
    ip link add up0 address 02:00:00:00:00:01 type veth peer name up1; ip link set up0 master br7
    ip link set br7 mtu 1400
    ip link set br7 up; ip address add 192.0.2.2/24 dev br7; ip route add default via 192.0.2.1
    ip -j -d addr show; echo; echo %; ip -4 -j route show default; echo %; ip -6 -j route show default`
  const { stdout } = await runCommand('unshare', ['--net', 'sh', '-ec', script])
  const [links = '', routes = '', none = ''] = stdout.split('%')
  const parsed = parseIpLinks(links)
  assert.deepEqual(
    parsed.filter(({ kind }) => kind === 'bridge'),
    [
      {
        ...link('br7', 'bridge'),
        mtu: 1400,
        addresses: ['192.0.2.2'],
        macAddress: '02:00:00:00:00:07',
      },
      { ...link('br8', 'bridge'), up: false, addresses: [], macAddress: '02:00:00:00:00:08' },
    ],
  )
  assert.equal(parsed.find(({ name }) => name === 'up0')?.bridge, 'br7')
  assert.deepEqual(parseIpRoutes(routes), ['br7'])
  assert.deepEqual(parseIpRoutes(none), [])
  assert.equal(chooseDefaultLink(parsed, parseIpRoutes(routes)), 'br7')
})

test('chooseDefaultLink() takes the bridge of the preferred default route', () => {
  const routes = parseIpRoutes(
    '[{"dst":"default","dev":"br1","metric":200},{"dst":"default","dev":"eth0"},{"dst":"default","dev":"br0","metric":100}]',
  )
  assert.deepEqual(routes, ['eth0', 'br0', 'br1'])
  assert.equal(chooseDefaultLink(bridges, routes), 'br0')
})

test('chooseDefaultLink() takes the only bridge, and does not choose among several', () => {
  assert.equal(chooseDefaultLink(bridges.slice(0, 2), ['eth0']), 'br0')
  assert.equal(chooseDefaultLink(bridges, ['eth0']), null)
  assert.equal(chooseDefaultLink([link('eth0', 'ethernet')], ['eth0']), null)
})

test('readDefaultRoutes() reads those of this machine', async () => {
  const links = new Set((await readLinks()).map(({ name }) => name))
  for (const dev of await readDefaultRoutes()) assert(links.has(dev), dev)
})
