import type { AgentRunner } from '#core/agents/agent.ts';
import type { BackendCapabilities, BackendEndpoint, LlmBackend } from '#core/backends/backend.ts';
import { type Actual, actualCost } from '#core/costs/actual.ts';
import type { CostPlan } from '#core/costs/seams.ts';
import { tokensOf } from '#core/costs/tokens.ts';
import { collectArtifacts } from '#core/jobs/artifacts.ts';
import type { JobOutcome, Run, RunOf } from '#core/jobs/workflow.ts';
import type { LlmResourceProvider } from '#core/providers/provider.ts';
import { withProvision } from '#core/providers/provision.ts';
import type { RentedProvider } from '#core/providers/vastai/want.ts';
import type { AgenticAgentRequest, RentalRequest } from '#shared/contract/requests.ts';
import { defaultModel, savedBackend } from '#shared/contract/settings.ts';
import type { AgentResult } from '#shared/model/agent-result.ts';
import { CodedError } from '#shared/model/failure.ts';
import type { JobKind } from '#shared/model/job.ts';
import { type JobMeter, meterOf } from './metered.ts';
import { withRental } from './rental.ts';
import type { Services } from './services.ts';

type Asking = Omit<AgenticAgentRequest, 'timeout'>;

export interface Asked {
  readonly outcome: JobOutcome;
  readonly model: string;
  readonly endpoint: BackendEndpoint | null;
  /** Of the machine that was rented for it. */
  readonly contract_id: number | null;
}

/**
 * The workflow that asking kinds share: estimate, provision (with the warm-up inside), capabilities, ask, tear down.
 * An agent that brings its own model service is asked without a backend.
 */
export async function askAgent<K extends 'agentic-agent' | 'benchmark'>(
  kind: K,
  run: RunOf<K>,
  services: Services,
  { needsBackend, rental }: { readonly needsBackend: boolean; readonly rental: RentalRequest | null },
): Promise<Asked> {
  const { request } = run;
  const startedMs = services.clock.monotonicMs();
  const { plan, estimate } = await estimated(kind, run, services);
  const meter = meterOf(run, services, plan, estimate);
  const runner = await services.agent(request.agent);
  const asked =
    rental === null
      ? await askThere(kind, run, services, runner, plan, meter, needsBackend)
      : await askRented(run, services, runner, rental);
  const { answer, model, endpoint, contract_id } = asked;

  const durationS = (services.clock.monotonicMs() - startedMs) / 1000;
  const used = { duration_seconds: durationS, tokens: tokensOf(answer) ?? meter?.tokens() ?? null };
  const { usd: cost, basis: cost_basis } =
    asked.cost ?? actualCost(estimate?.rests_on.price?.rate ?? null, used);
  const { items, stored } = await collectArtifacts(run.job_id, answer.artifacts, run.workDir);
  const result = {
    answer: answer.answer,
    result_type: answer.result_type,
    artifacts: items,
    metadata: { ...answer.metadata, cost, cost_basis, duration_s: Math.trunc(durationS) },
    telemetry: {
      tokens: answer.telemetry?.tokens ?? null,
      latency: answer.telemetry?.latency ?? [],
      cost_estimate_usd: answer.telemetry?.cost_estimate_usd ?? cost,
    },
  };
  return {
    outcome: { result, cost_usd: cost, cost_basis, used, artifacts: stored },
    model,
    endpoint,
    contract_id,
  };
}

/** The estimate of a job whose turn has come, before the gate once more. */
export async function estimated<K extends JobKind>(kind: K, run: RunOf<K>, services: Services) {
  const plan = services.planOf(kind, run.request);
  const estimate = plan === null ? null : await services.estimator.estimate(plan, run.signal);
  if (estimate !== null) run.estimated(estimate, plan);
  if (estimate !== null && plan?.paid === true)
    services.gate.recheck({ job_id: run.job_id, allowed_usd: run.allowed_usd, demo: plan.demo }, estimate);
  return { plan, estimate };
}

interface Answered extends Omit<Asked, 'outcome'> {
  readonly answer: AgentResult;
  /** Null: what was used, at the estimate's rate. */
  readonly cost: Actual | null;
}

async function askThere<K extends 'agentic-agent' | 'benchmark'>(
  kind: K,
  run: RunOf<K>,
  services: Services,
  runner: AgentRunner,
  plan: CostPlan | null,
  meter: JobMeter | null,
  needsBackend: boolean,
): Promise<Answered> {
  const { request } = run;
  const required = needsBackend || runner.agent_name === 'prompt';
  const endpoint = await services.endpoint(request, required);
  if (endpoint === null && required) throw noBackend(request.backend_type);
  const requirePlanned = (model: string): void => {
    const now = services.planOf(kind, { ...request, backend_url: endpoint?.base_url ?? null, model });
    if (billOf(now) !== billOf(plan)) throw changedMeanwhile();
  };
  const about = { endpoint, contract_id: null, cost: null };
  if (endpoint === null) {
    requirePlanned(request.model);
    const answer = await ask(run, runner, null, request.model, null, true);
    return { ...about, answer, model: request.model };
  }
  const provider = services.provider(endpoint);
  try {
    const metered = (backend: LlmBackend) => (meter === null ? backend : meter.backend(backend));
    const chosen = (ready: BackendEndpoint): string => {
      const { backend_type, base_url: backend_url } = ready;
      return (
        request.model ||
        defaultModel(backend_type, savedBackend(services.settings(), { backend_type, backend_url }))
      );
    };
    const on = { metered, chosen, requirePlanned, costsUnknown: true };
    return { ...about, ...(await onBackend(run, services, runner, provider, on)) };
  } finally {
    await provider.teardown().catch(() => {
      // Its span says so; a failed teardown never replaces the job's own outcome.
    });
  }
}

/** On a machine that is rented for it: the machine's bill is the only one. */
async function askRented(
  run: Run<Asking>,
  services: Services,
  runner: AgentRunner,
  rental: RentalRequest,
): Promise<Answered> {
  const { backend_type, model, agent } = run.request;
  const { value, usd } = await withRental(
    run,
    services,
    { backend_type, model, agent, rental },
    async (provider: RentedProvider) => {
      const answered = await onBackend(run, services, runner, provider, {
        metered: (backend) => provider.measured(backend),
        chosen: () => provider.rented().model,
        requirePlanned: () => {},
        costsUnknown: false,
      });
      const { endpoint, contract_id } = provider.rented();
      if (!rental.stop_instance && !run.signal.aborted) provider.keep();
      return { ...answered, endpoint, contract_id };
    },
  );
  return { ...value, cost: { usd, basis: 'metered' } };
}

/** Who sends a bill for what; of own hardware, only that nobody does. */
const billOf = (plan: CostPlan | null): string =>
  plan?.paid === true ? JSON.stringify(plan.wanted, Object.keys(plan.wanted).toSorted()) : '';

/** Between an estimate and its work somebody may change a server's address, or its default model. */
const changedMeanwhile = (): CodedError =>
  new CodedError(
    'cost.approval_needed',
    'The job would be paid for something else than was estimated: the settings changed while it started, or they leave open who is asked. Nothing was spent: run it again, or give backend_url and model.',
  );

export const noBackend = (backendType: string): CodedError =>
  new CodedError(
    'provider.no_backend_url',
    backendType === 'bedrock'
      ? 'No AWS region is known. Give it as backend_url (such as us-east-1), set AWS_REGION, or add the region in Settings.'
      : `No ${backendType} server is known. Give backend_url (Ollama usually listens on http://127.0.0.1:11434), or add the server in Settings.`,
  );

async function onBackend(
  run: Run<Asking>,
  services: Services,
  runner: AgentRunner,
  provider: LlmResourceProvider,
  on: {
    metered(backend: LlmBackend): LlmBackend;
    chosen(endpoint: BackendEndpoint): string;
    requirePlanned(model: string): void;
    /** A driver calls models where no meter sees it: until it says what it used, nobody knows. */
    readonly costsUnknown: boolean;
  },
): Promise<{ readonly answer: AgentResult; readonly model: string }> {
  const { request, signal } = run;
  const { backend, model } = await withProvision(provider, signal, async (endpoint) => {
    const ready = on.metered(services.backend(endpoint));
    const chosen = ready.normaliseModel(on.chosen(endpoint));
    if (chosen === '') {
      throw new CodedError('request.invalid', 'model: which model is asked? This backend has no default.');
    }
    on.requirePlanned(chosen);
    if (chosen !== request.model) run.chose(chosen);
    if (request.backend_warmup) {
      run.progress(`warming up ${chosen}`);
      await ready.warmup({
        model: chosen,
        timeoutMs: request.backend_warmup_timeout * 1000,
        signal,
        onProgress: (done, total, what) =>
          run.progress(`${what}: ${Math.floor((100 * done) / Math.max(1, total))} %`),
      });
    }
    return { backend: ready, model: chosen };
  });
  const capabilities = await capabilitiesOf(backend, model, signal);
  return { answer: await ask(run, runner, backend, model, capabilities, on.costsUnknown), model };
}

/** Best effort: a server that does not tell its limits can still answer. The failed span stays in the trace. */
async function capabilitiesOf(
  backend: LlmBackend,
  model: string,
  signal: AbortSignal,
): Promise<BackendCapabilities | null> {
  try {
    return await backend.getCapabilities(model, signal);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return null;
  }
}

async function ask(
  run: Run<Asking>,
  runner: AgentRunner,
  backend: LlmBackend | null,
  model: string,
  capabilities: BackendCapabilities | null,
  costsUnknown: boolean,
): Promise<AgentResult> {
  run.signal.throwIfAborted();
  run.progress(`asking ${runner.agent_name}`);
  if (costsUnknown && runner.agent_name !== 'prompt') run.spent({ usd: null, basis: 'unknown' });
  return runner.ask({
    question: run.request.question,
    model,
    backend,
    kubeconfig: run.request.kubeconfig,
    context_window: capabilities?.context_length ?? null,
    max_output_tokens: capabilities?.max_output_tokens ?? null,
    workDir: run.workDir,
    signal: run.signal,
  });
}
