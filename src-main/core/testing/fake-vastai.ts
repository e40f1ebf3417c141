import { vastOffer } from './fake-prices.ts';
import {
  type FakeAnswer,
  type FakeServer,
  type Fault,
  json,
  type SeenRequest,
  startFakeServer,
} from './fake-server.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What comes instead of the usual answer. A Fault is met after the call was carried out, or, if told, in its place. */
export type Scripted = FakeAnswer | { readonly fault: Fault; readonly done: boolean };

export interface FakeVast {
  /** Of v0, as VAST_API_URL takes it. */
  readonly url: string;
  readonly key: string;
  readonly server: FakeServer;
  offers: readonly unknown[];
  readonly instances: Map<number, Fields>;
  readonly volumes: Map<number, Fields>;
  /** The next answers to a call such as `PUT /asks/N/` or `GET /v1/instances/`, in order. */
  next(call: string, ...answers: readonly Scripted[]): void;
  /** Calls so far, each as `next` names it. */
  calls(): readonly string[];
}

const nameOf = ({ method, path }: SeenRequest): string =>
  `${method} ${path
    .replace(/^\/api\/v0/, '')
    .replace(/^\/api\/v1/, '/v1')
    .replace(/\d+(?=\/$)/, 'N')}`;

const refused = (status: number, error: string, msg: string): FakeAnswer =>
  json({ success: false, error, msg }, status);

/** An account of the Vast.ai API that does as it is told: sound until a call is scripted to go wrong. */
export async function startFakeVast(key = 'vast-key-4f7c1d'): Promise<FakeVast> {
  const scripts = new Map<string, Scripted[]>();
  let contract = 7_000_000;
  const server = await startFakeServer((request) => {
    server.faults.clear();
    const scripted = scripts.get(nameOf(request))?.shift();
    if (scripted === undefined) return carryOut(request);
    if (!('fault' in scripted)) return scripted;
    server.faults.set('*', scripted.fault);
    return scripted.done ? carryOut(request) : json({});
  });

  function carryOut(request: SeenRequest): FakeAnswer | undefined {
    if (request.headers.authorization !== `Bearer ${key}`)
      return refused(401, 'auth_error', `Invalid user key ${request.headers.authorization}`);
    const id = Number(/\/(\d+)\/$/.exec(request.path)?.[1]);
    const body = request.body;
    switch (nameOf(request)) {
      case 'POST /bundles/':
        return json({ offers: fake.offers });
      case 'PUT /asks/N/':
        contract++;
        fake.instances.set(contract, { id: contract, label: body.label, actual_status: null });
        return json({ success: true, new_contract: contract });
      case 'GET /instances/N/':
        return json({ instances: fake.instances.get(id) ?? null });
      case 'PUT /instances/N/':
        fake.instances.set(id, { ...fake.instances.get(id), ...body });
        return json({ success: true });
      case 'DELETE /instances/N/':
        return fake.instances.delete(id)
          ? json({ success: true })
          : refused(404, 'no_such_instance', `No instance with id ${id}.`);
      case 'GET /v1/instances/':
        return json(pageOf([...fake.instances.values()], request.query));
      case 'GET /instances/':
        return json({ instances: [...fake.instances.values()] });
      case 'GET /volumes/':
        return json({ volumes: [...fake.volumes.values()] });
      case 'DELETE /volumes/':
        return fake.volumes.delete(Number(body.id))
          ? json({ success: true })
          : refused(404, 'no_such_volume', 'No such volume.');
      default:
        return undefined;
    }
  }

  const fake: FakeVast = {
    url: `${server.url}/api/v0`,
    key,
    server,
    offers: [vastOffer()],
    instances: new Map(),
    volumes: new Map(),
    next: (call, ...answers) => scripts.set(call, [...(scripts.get(call) ?? []), ...answers]),
    calls: () => server.seen.map(nameOf),
  };
  return fake;
}

function pageOf(all: readonly Fields[], query: URLSearchParams): Fields {
  const start = Number(query.get('after_token') ?? 0);
  const end = start + Number(query.get('limit') ?? 25);
  const instances = all.slice(start, end);
  return {
    success: true,
    instances_found: instances.length,
    total_instances: all.length,
    next_token: end < all.length ? String(end) : null,
    instances,
  };
}

/** Not carried out. */
export const unheard = (fault: Fault): Scripted => ({ fault, done: false });
/** Carried out, and the answer does not arrive. */
export const untold = (fault: Fault): Scripted => ({ fault, done: true });
export const page = (status = 200): FakeAnswer => ({
  status,
  contentType: 'text/html; charset=utf-8',
  chunks: ['<!doctype html><title>Not here</title>'],
});
