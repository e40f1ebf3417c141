import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Actual, actualCost, type TokensUsed, type Used } from '#core/costs/actual.ts';
import { stepRequest } from '#core/costs/chain-estimate.ts';
import { type JobOutcome, PartialFailure, type RunOf } from '#core/jobs/workflow.ts';
import { span } from '#core/telemetry/span.ts';
import type { ChainRequest } from '#shared/contract/requests.ts';
import { fillTemplate } from '#shared/lib/template.ts';
import { CodedError, type Failure, toFailure } from '#shared/model/failure.ts';
import { toEpochSeconds } from '#shared/model/units.ts';
import { type Asked, askAgent, estimated } from '../ask.ts';
import { requireAttestable } from '../attestation.ts';
import type { Services } from '../services.ts';
import { createGraph, type Graph } from './graph.ts';
import { chainResult, type StepAnswer } from './result.ts';
import { createSpending, type Spending } from './spending.ts';

type Step = ChainRequest['steps'][number];

/** Steps at work at the same time: they share one backend. */
const AT_ONCE = 4;

/**
 * Runs the steps of a chain, each as a job of its agent would run and in a span of its own, as soon as all that it needs
 * has answered. A step that fails takes along what needs it and nothing else; the job then fails, and keeps the answers.
 */
export async function runChain(run: RunOf<'chain'>, services: Services): Promise<JobOutcome> {
  const { request } = run;
  requireAttestable(request.attestation_required, services.attestation);
  const startedMs = services.clock.monotonicMs();
  const graph = createGraph(request.steps, () => toEpochSeconds(services.clock.nowUs()), run.chain);
  await requireAgents(request.steps, graph, services);
  const { plan, estimate } = await estimated('chain', run, services);
  const spending = createSpending(run, services);
  const chain: Chain = { run, services, graph, spending, answers: new Map() };
  await runSteps(chain);
  if (run.signal.aborted) throw run.signal.reason;

  const durationS = (services.clock.monotonicMs() - startedMs) / 1000;
  const used: Used = { duration_seconds: durationS, tokens: tokensOf(chain) };
  const rate = estimate?.rests_on.price?.rate ?? null;
  // The machine is one, however many steps it works for at once: own hardware costs what the whole took.
  const cost: Actual = plan?.paid === true ? spending.total() : actualCost(rate, used);
  const outcome: JobOutcome = {
    result: chainResult(request, chain.answers, { cost, durationS, tokens: used.tokens }),
    cost_usd: cost.usd,
    cost_basis: cost.basis,
    used,
    artifacts: [...chain.answers.values()].flatMap(({ asked }) => asked.outcome.artifacts),
  };
  const failures = graph.failures();
  if (failures.length > 0) throw new PartialFailure(failureOf(failures, graph), outcome);
  return outcome;
}

interface Chain {
  readonly run: RunOf<'chain'>;
  readonly services: Services;
  readonly graph: Graph;
  readonly spending: Spending;
  readonly answers: Map<string, StepAnswer>;
}

/** An agent that nobody knows is found out before the first step is paid for. */
async function requireAgents(steps: readonly Step[], graph: Graph, { agent }: Services): Promise<void> {
  for (const { name, agent: wanted } of steps) {
    try {
      await agent(wanted);
    } catch (thrown) {
      const { code, message, detail } = toFailure(thrown);
      graph.failed(name, message);
      throw new CodedError(code, `Step "${name}": ${message}`, { detail, cause: thrown });
    }
  }
}

async function runSteps(chain: Chain): Promise<void> {
  const { run, graph } = chain;
  const underWay = new Set<Promise<void>>();
  for (;;) {
    while (!run.signal.aborted && underWay.size < AT_ONCE) {
      const [step] = graph.ready();
      if (step === undefined) break;
      graph.started(step.name);
      const work = runStep(chain, step).finally(() => underWay.delete(work));
      underWay.add(work);
    }
    if (underWay.size === 0) return;
    await Promise.race(underWay);
  }
}

/** Never throws: what went wrong is in the graph. */
async function runStep(chain: Chain, step: Step): Promise<void> {
  const { run, graph, spending } = chain;
  let cost: Actual | null = null;
  try {
    const asked = await span(
      'chain.step',
      { step: step.name, agent_name: step.agent, dependencies: step.dependencies },
      () => askStep(chain, step),
    );
    const { cost_usd, cost_basis = 'unknown' } = asked.outcome;
    cost = { usd: cost_usd, basis: cost_basis };
    chain.answers.set(step.name, { agent: step.agent, asked });
    if (!run.signal.aborted) graph.succeeded(step.name);
  } catch (thrown) {
    // Of a chain that was stopped, the end of the job says why.
    if (!run.signal.aborted) graph.failed(step.name, toFailure(thrown).message);
  } finally {
    spending.ended(step.name, cost);
  }
}

async function askStep({ run, services, spending, answers }: Chain, step: Step): Promise<Asked> {
  const { request } = run;
  const known = new Map(step.dependencies.map((name) => [name, answerOf(answers.get(name))] as const));
  const { missing } = fillTemplate(
    step.question_template,
    new Map([...Object.entries(request.context), ...known]),
  );
  if (missing.length > 0) throw noValue(missing);
  // Which step it is, not what it is called: names may be anything.
  const workDir = join(run.workDir, `step-${request.steps.indexOf(step) + 1}`);
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const asking = stepRequest(request, step, known);
  const { gate, capOf, spent } = spending.of(step.name);
  return askAgent(
    'agentic-agent',
    {
      ...run,
      workDir,
      // What comes later finds the model loaded.
      request: { ...asking, backend_warmup: asking.backend_warmup && step.dependencies.length === 0 },
      progress: (message) => run.progress(`${step.name}: ${message}`),
      // The job's estimate is the chain's.
      estimated: () => {},
      spent,
    },
    { ...services, gate, capOf },
    { needsBackend: false, rental: null },
  );
}

const answerOf = (answered: StepAnswer | undefined): string => {
  const result = answered?.asked.outcome.result;
  return result !== undefined && 'answer' in result && typeof result.answer === 'string' ? result.answer : '';
};

const noValue = (missing: readonly string[]): CodedError =>
  new CodedError(
    'chain.invalid',
    `The question has no value for ${missing.map((name) => `{${name}}`).join(', ')}: it is neither in the context nor a step that this one depends on. It was not asked.`,
  );

/** Null where one of them did not say. */
function tokensOf({ answers }: Chain): TokensUsed | null {
  let sum: TokensUsed = { input: 0, output: 0, counted_by: 'service' };
  for (const { asked } of answers.values()) {
    const tokens = asked.outcome.used?.tokens ?? null;
    if (tokens === null) return null;
    sum = {
      input: sum.input + tokens.input,
      output: sum.output + tokens.output,
      counted_by: tokens.counted_by === 'us' ? 'us' : sum.counted_by,
    };
  }
  return sum;
}

function failureOf(failures: ReturnType<Graph['failures']>, graph: Graph): Failure {
  const [first] = failures;
  const skipped = graph.count('skipped');
  const others = [
    failures.length > 1 ? `${failures.length - 1} more failed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    `${graph.count('success')} succeeded`,
  ].filter((part) => part !== '');
  return {
    code: 'chain.step_failed',
    message: `Step "${first?.name}" failed: ${first?.error} (${others.join(', ')})`,
    detail: failures.map(({ name, error }) => `${name}: ${error}`).join('\n'),
  };
}
