import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Clock, Env, Logger } from '#core/ports/ports.ts';
import type { Reply } from './answer.ts';
import type { ContractClient } from './client.ts';
import type { TraceStreams } from './trace-stream.ts';

export interface ApiContext {
  readonly client: ContractClient;
  readonly env: Env;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly streams: TraceStreams;
}

/** One request of somebody who was let in. */
export interface Call<Q, B> {
  readonly api: ApiContext;
  readonly tenant: string;
  /** What stands in the path's braces, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly request: IncomingMessage;
  /** Aborts when the caller has left. */
  readonly signal: AbortSignal;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface About {
  /** The first is documented; RUNE takes PUT and PATCH for POST. */
  readonly methods: readonly [Method, ...Method[]];
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Needs no token. */
  readonly open?: true;
  readonly answers: readonly {
    readonly status: number;
    readonly about: string;
    readonly schema?: z.ZodType;
    readonly type?: string;
  }[];
}

/** One row of the table that is served and documented. */
export interface Endpoint extends About {
  readonly query: z.ZodObject | null;
  /** Documents what is sent; handlers take RUNE's older spellings too. */
  readonly body: z.ZodType | null;
  handle(call: Call<unknown, Readonly<Record<string, unknown>>>): Promise<Reply> | Reply;
}

type Query<Q extends z.ZodObject | undefined> = Q extends z.ZodObject ? z.output<Q> : null;

/** Ties the handler's query to the schema that it is read by. */
export function endpoint<Q extends z.ZodObject | undefined = undefined>(
  row: About & {
    readonly query?: Q;
    readonly body?: z.ZodType;
    handle(call: Call<Query<Q>, Readonly<Record<string, unknown>>>): Promise<Reply> | Reply;
  },
): Endpoint {
  return {
    ...row,
    query: row.query ?? null,
    body: row.body ?? null,
    // `query` was parsed by this row's own schema.
    handle: (call) => row.handle({ ...call, query: call.query as Query<Q> }),
  };
}
