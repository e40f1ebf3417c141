import { seeded } from '#shared/lib/random.ts';
import { buildTrace, type TraceSpan } from '#shared/model/trace-build.ts';
import {
  allocateTrace,
  SPAN_CLAMPED,
  SPAN_ERROR,
  SPAN_INFERRED,
  SPAN_LOST,
  SPAN_OPEN,
  type TraceColumns,
} from '#shared/model/trace-columns.ts';

export const LANES = 200;
const NAMES = [
  'job.execute',
  'agent.ask',
  'driver.call',
  'backend.chat',
  'tool.kubectl',
  'tool.logs',
  'http.request',
  'vastai.offer_search',
];
const LABELS = ['', 'ollama', 'openai', 'stdio', 'http', 'k8s-inference'];
const ORIGIN_US = 1_763_820_000_000_000;

/** A job of 200 parallel lanes, 8 deep, 1 % errors: `count` spans in pre-order, the same for the same seed. */
export function generateTrace(count: number, seed = 1): TraceColumns {
  const random = seeded(seed);
  const trace = allocateTrace(count, ORIGIN_US, { names: NAMES, labels: LABELS, calls: [] });
  const wholeUs = Math.max(20e6, count * 200);
  let next = 0;
  const put = (parent: number, startUs: number, durationUs: number, depth: number): number => {
    const i = next++;
    trace.startUs[i] = startUs;
    trace.durationUs[i] = durationUs;
    trace.eventId[i] = i + 1;
    trace.spanId[i * 2] = Math.floor(random() * 2 ** 32);
    trace.spanId[i * 2 + 1] = i;
    trace.parent[i] = parent;
    trace.name[i] = depth < 4 ? depth : 4 + Math.floor(random() * 4);
    trace.label[i] = Math.floor(random() * LABELS.length);
    trace.flags[i] = random() < 0.01 ? SPAN_ERROR : 0;
    return i;
  };
  // `budget` spans below `parent`: a few children one after another, each with its share of the rest.
  const fill = (parent: number, startUs: number, durationUs: number, budget: number, depth: number): void => {
    let left = budget;
    const children = depth >= 7 ? left : Math.min(left, 2 + Math.floor(random() * 8));
    const slot = durationUs / Math.max(1, children);
    for (let c = 0; c < children && left > 0; c++) {
      const share = depth >= 7 ? 1 : Math.max(1, Math.floor(left / (children - c)));
      const begin = startUs + slot * c + slot * 0.1 * random();
      const length = slot * (0.5 + 0.4 * random());
      const child = put(parent, begin, length, depth);
      if (share > 1) fill(child, begin, length, share - 1, depth + 1);
      left -= share;
    }
  };
  const root = put(-1, 0, wholeUs, 0);
  const lanes = Math.min(LANES, count - 1);
  for (let lane = 0; lane < lanes; lane++) {
    const budget = Math.floor((count - 1) / lanes) + (lane < (count - 1) % lanes ? 1 : 0);
    const begin = (wholeUs * 0.1 * lane) / lanes;
    const length = wholeUs * (0.6 + 0.28 * random());
    const i = put(root, begin, length, 1);
    fill(i, begin, length, budget - 1, 2);
  }
  return trace;
}

/** The job of the design's picture, with one of everything a waterfall must show. */
export function sampleJob(options: { readonly open?: boolean } = {}): TraceColumns {
  const open = options.open === true;
  // An open job began as long ago as its last ended span says.
  const originUs = open ? Date.now() * 1000 - 18e6 : ORIGIN_US;
  const spans: TraceSpan[] = [];
  const add = (
    parent: string | null,
    name: string,
    label: string,
    startS: number,
    durationS: number | null,
    more: Partial<TraceSpan> = {},
  ): string => {
    const span_id = (spans.length + 1).toString(16).padStart(16, '0');
    spans.push({
      span_id,
      parent_span_id: parent,
      name,
      label,
      start_us: originUs + startS * 1e6,
      duration_us: durationS === null ? null : durationS * 1e6,
      event_id: spans.length + 1,
      flags: durationS === null ? SPAN_OPEN : 0,
      call: null,
      ...more,
    });
    return span_id;
  };
  const job = add(null, 'job.execute', 'agentic-agent', 0, open ? null : 21.4);
  add(job, 'cost.estimate', 'local', 0.01, 0.048);
  const provision = add(job, 'provider.provision', 'vastai', 0.06, 2.1);
  add(provision, 'vastai.offer_search', '', 0.1, 0.62);
  add(provision, 'vastai.instance_create', 'RTX 4090', 0.74, 0.55, { flags: SPAN_ERROR });
  add(provision, 'vastai.instance_create', 'RTX 4090', 1.32, 0.4);
  add(provision, 'backend.warmup', 'ollama', 1.74, 0.41);
  add(job, 'backend.get_capabilities', 'ollama', 2.17, 0.03);
  const ask = add(job, 'agent.ask', 'ollama', 2.2, open ? null : 18.4);
  const call = add(ask, 'driver.call', 'stdio', 2.3, open ? null : 17.5);
  for (let turn = 0; turn < 3; turn++) {
    const at = 2.5 + turn * 5.9;
    const last = open && turn === 2;
    add(call, 'backend.chat', 'qwen2.5-coder:32b', at, last ? null : 4.9, {
      call: last
        ? null
        : {
            input_tokens: 1840,
            output_tokens: 212,
            tokens_source: 'server',
            time_to_first_token_ms: 2300,
            output_tokens_per_second: 82.1,
            prompt_tokens_per_second: 1204,
            speed_source: 'server',
            phases: [
              ...(turn === 0 ? [{ phase: 'load' as const, ms: 1610, source: 'server' as const }] : []),
              { phase: 'prompt_eval', ms: 820, source: 'server' },
              { phase: 'first_token', ms: 140, source: 'client' },
              { phase: 'generation', ms: 2100, source: 'server' },
            ],
          },
    });
    if (!last) {
      add(call, 'tool.kubectl', 'get pods', at + 4.95, 0.4, { flags: turn === 1 ? SPAN_INFERRED : 0 });
      add(call, 'tool.logs', 'payments-7f9', at + 5.4, 0.38, {
        flags: turn === 1 ? SPAN_LOST : SPAN_CLAMPED,
      });
    }
  }
  if (!open) add(job, 'provider.teardown', 'vastai', 21.1, 0.12);
  return buildTrace(spans);
}
