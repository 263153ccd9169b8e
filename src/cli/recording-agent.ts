import type { OperationName, Params, Progress, Result } from '../agent/api.ts'
import type { AgentCallOptions } from '../agent/client.ts'
import type { Connect } from './lazy-agent.ts'

type Answer<N extends OperationName> = (
  params: Params<N>,
  progress: (progress: Progress) => void,
  signal: AbortSignal | undefined,
) => Result<N> | Promise<Result<N>>

export type Answers = { readonly [N in OperationName]?: Answer<N> }

/** Stands in for zonesd in a test of a command: answers what the test says, and notes what it was asked. */
export function recordingAgent(answers: Answers) {
  const calls: (readonly [OperationName, unknown])[] = []
  const connect: Connect = async () => ({
    async call<N extends OperationName>(
      name: N,
      params: Params<N>,
      options: AgentCallOptions = {},
    ): Promise<Result<N>> {
      calls.push([name, params])
      const answer: Answer<N> | undefined = answers[name]
      if (answer === undefined) throw new Error(`The test did not expect ${name}`)
      return await answer(params, options.onProgress ?? (() => undefined), options.signal)
    },
    async [Symbol.asyncDispose]() {},
  })
  return { connect, calls }
}
