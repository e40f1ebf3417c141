import type { ChatRequest, LlmBackend } from '#core/backends/backend.ts';
import type { TokensUsed } from '#core/costs/actual.ts';
import { budgetReached, type CallMeter, createTokenMeter, watchCap } from '#core/costs/meter.ts';
import type { CostPlan } from '#core/costs/seams.ts';
import type { Run } from '#core/jobs/workflow.ts';
import type { CostEstimate } from '#shared/model/estimate.ts';
import { CodedError, type FailureCode } from '#shared/model/failure.ts';
import type { Services } from './services.ts';

/** Counts what a job spends on a model service, and ends it at its budget. */
export interface JobMeter {
  backend(inner: LlmBackend): LlmBackend;
  /** Null before the first call. */
  tokens(): TokensUsed | null;
}

/** Answers with which nothing was generated, and nothing is billed. */
const NOT_BILLED: ReadonlySet<FailureCode> = new Set([
  'backend.unreachable',
  'backend.http_status',
  'backend.model_not_found',
  'backend.no_credentials',
  'cost.budget_reached',
]);

const isNotBilled = (thrown: unknown): boolean =>
  thrown instanceof CodedError && NOT_BILLED.has(thrown.code) && !isCutOff(thrown.cause);

/** Of a connection that broke, nobody knows whether the question had arrived. */
const isCutOff = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');

/** The meter of a job that is paid by the token; null for every other. */
export function meterOf(
  run: Pick<Run<unknown>, 'job_id' | 'spent' | 'stop' | 'signal'>,
  services: Pick<Services, 'clock' | 'capOf'>,
  plan: CostPlan | null,
  estimate: CostEstimate | null,
): JobMeter | null {
  const rate = estimate?.rests_on.price?.rate;
  if (plan?.paid !== true || rate?.per !== 'million_tokens') return null;
  const meter = createTokenMeter(rate, run.spent);
  const reached = watchCap(() => services.capOf(run.job_id), services.clock);
  const overBudget = (): CodedError | null => {
    const { usd } = meter.cost();
    const cap = reached(usd);
    return cap === null ? null : budgetReached(usd, cap);
  };

  const chat = async (inner: LlmBackend, request: ChatRequest, call: CallMeter) => {
    const before = overBudget();
    if (before !== null) throw before;
    const piece = (text: string): void => {
      call.piece(text);
      if (run.signal.aborted) return;
      const now = overBudget();
      if (now !== null) run.stop(now);
    };
    const answer = await inner.chat({
      ...request,
      onToken: (text) => {
        piece(text);
        request.onToken?.(text);
      },
      onThought: (text) => {
        piece(text);
        request.onThought?.(text);
      },
    });
    call.reported(answer.figures.input_tokens, answer.figures.output_tokens);
    return answer;
  };

  return {
    tokens: meter.tokens,
    backend: (inner) => ({
      backend_type: inner.backend_type,
      base_url: inner.base_url,
      normaliseModel: (model) => inner.normaliseModel(model),
      listModels: (signal) => inner.listModels(signal),
      getCapabilities: (model, signal) => inner.getCapabilities(model, signal),
      // Where one is billed, others keep the model loaded: asking for a token to be sure of it would be paid for.
      warmup: (request) =>
        inner.backend_type === 'bedrock'
          ? inner.warmup(request)
          : Promise.resolve({ load_ms: null, pulled: false }),
      async chat(request) {
        const call = meter.call(request.messages.map(({ content }) => content).join('\n'));
        try {
          return await chat(inner, request, call);
        } catch (thrown) {
          // What was cut off may well be billed, what was never taken on is not.
          if (isNotBilled(thrown) && !run.signal.aborted) call.refused();
          throw thrown;
        }
      },
    }),
  };
}
