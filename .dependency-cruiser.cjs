/** The rooms, from top to bottom: a room may import the rooms below it, never those above. */
const rooms = [
  'bin', 'cli', 'console', 'agent', 'fleet', 'migration', 'vm', 'facts', 'qmp', 'hostdata', 'storage', 'transport',
  'compat', 'rights', 'zone', 'util',
]
const pureRooms = ['compat', 'rights', 'zone']
const folder = (names) => `^src/(${names.join('|')})/`

module.exports = {
  forbidden: [
    ...rooms.slice(1).map((room, index) => ({
      name: `${room}-imports-upwards`,
      severity: 'error',
      from: { path: folder([room]) },
      // The schemas of the facts are plain data that the rules below them compare.
      to: { path: folder(rooms.slice(0, index + 1)), pathNot: '^src/facts/schema\\.ts$' },
    })),
    {
      name: 'pure-room-imports-node',
      comment: 'The contract, the rules and the rights do no I/O.',
      severity: 'error',
      from: { path: [...pureRooms.map((room) => folder([room])), '^src/.*/schema\\.ts$'], pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'source-imports-test',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|demo|bench|tools)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
}
