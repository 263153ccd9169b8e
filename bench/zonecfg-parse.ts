/** How long 10,000 lines of zonecfg commands take to parse: `node bench/zonecfg-parse.ts`. Aim: under 200 ms. */
import { parseCommands } from '../src/zone/language/parse-commands.ts'

const lineCount = 10_000
const resource = [
  'add device',
  'set storage=iscsi://storage.example.org:3260/luname.naa.600144f03d70c80000004ea57da10001',
  'set id=1 # a comment',
  'set bootpri = 4',
  'end',
  'add anet',
  '  set link-protection=[mac-nospoof,ip-nospoof]',
  '  set lower-link="br 0"',
  'end; verify',
  'select capped-memory physical=4G',
]
const text = Array.from({ length: lineCount }, (_, index) => resource[index % resource.length]).join('\n')

const runs = Array.from({ length: 9 }, () => {
  const start = performance.now()
  parseCommands(text)
  return performance.now() - start
})
const [first = 0] = runs
const median = runs.toSorted((a, b) => a - b)[4] ?? 0
console.log(
  `${lineCount} lines: first ${first.toFixed(0)} ms, median of ${runs.length} ${median.toFixed(0)} ms (aim: < 200 ms)`,
)
