import { agentConfigStore } from '../cli/agent-config-store.ts'
import { chosenLayout, LazyAgent } from '../cli/lazy-agent.ts'
import { runZonecfg } from '../cli/zonecfg/run.ts'
import { main } from './main.ts'

await main('zonecfg', async (argv, io, signal) => {
  await using agent = new LazyAgent(chosenLayout(undefined), signal)
  const store = agentConfigStore(agent.get, signal)
  return await runZonecfg(argv, { ...io, isTty: io.stdin.isTTY === true }, store, signal)
})
