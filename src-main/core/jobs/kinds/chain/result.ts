import type { Actual, TokensUsed } from '#core/costs/actual.ts';
import type { ChainRequest } from '#shared/contract/requests.ts';
import type { Seconds } from '#shared/model/units.ts';
import type { Asked } from '../ask.ts';

export interface StepAnswer {
  readonly agent: string;
  readonly asked: Asked;
}

/**
 * What a chain leaves behind: an agent's result, whose answer is that of the last steps (those that nobody needs), and
 * the results of all that succeeded.
 */
export function chainResult(
  { name, steps }: ChainRequest,
  answers: ReadonlyMap<string, StepAnswer>,
  measured: { readonly cost: Actual; readonly durationS: Seconds; readonly tokens: TokensUsed | null },
): object {
  const { cost, durationS, tokens } = measured;
  const needed = new Set(steps.flatMap(({ dependencies }) => dependencies));
  const results = steps.flatMap((step) => {
    const answered = answers.get(step.name);
    return answered === undefined
      ? []
      : [{ name: step.name, agent: step.agent, ...(answered.asked.outcome.result as Answer) }];
  });
  const last = results.filter((result) => !needed.has(result.name));
  const [asked] = [...answers.values()].map((answered) => answered.asked);
  return {
    answer:
      last.length === 1 && steps.filter((step) => !needed.has(step.name)).length === 1
        ? last[0]?.answer
        : last.map((result) => `## ${result.name}\n\n${result.answer}`).join('\n\n'),
    result_type: 'text',
    artifacts: results.flatMap(({ artifacts }) => artifacts),
    metadata: {
      cost: cost.usd,
      cost_basis: cost.basis,
      duration_s: Math.trunc(durationS),
      chain: name,
    },
    telemetry: {
      tokens:
        tokens === null
          ? null
          : {
              system_prompt: 0,
              tool_calls: 0,
              agent_reasoning: 0,
              output: tokens.output,
              total: tokens.input + tokens.output,
            },
      latency: [],
      cost_estimate_usd: cost.usd,
    },
    model_name: asked?.model || null,
    backend_url: asked?.endpoint?.base_url ?? null,
    steps: results,
  };
}

/** As askAgent makes it. */
interface Answer {
  readonly answer: string;
  readonly artifacts: readonly object[];
}
