import type { ContractRouterClient, InferContractRouterInputs } from '@orpc/contract';
import { describe, expectTypeOf, it } from 'vitest';
import type { Failure, FailureCode } from '#shared/model/failure.ts';
import type { JobKind } from '#shared/model/job.ts';
import type { EventSummaryRow } from '#shared/model/span.ts';
import type { Milliseconds, Seconds } from '#shared/model/units.ts';
import type { Contract } from './contract.ts';
import { parseRequest } from './requests.ts';
import type { JobPage, LiveBatch } from './types.ts';

type Client = ContractRouterClient<Contract>;
type Inputs = InferContractRouterInputs<Contract>;

describe('the contract as a caller sees it', () => {
  it('gives pages of rows that nobody may change', () => {
    expectTypeOf<Client['jobs']['list']>().returns.resolves.toEqualTypeOf<JobPage>();
    expectTypeOf<JobPage['jobs']>().not.toExtend<unknown[]>();
    expectTypeOf<Client['events']['summary']>().returns.resolves.toEqualTypeOf<readonly EventSummaryRow[]>();
  });

  it('streams batches', () => {
    type Watched = Awaited<ReturnType<Client['live']['watch']>>;
    expectTypeOf<Watched>().toExtend<AsyncIterable<LiveBatch>>();
  });

  it('needs a kind that exists, and leaves what has a default to the caller', () => {
    expectTypeOf<Inputs['jobs']['create']['kind']>().toEqualTypeOf<JobKind>();
    expectTypeOf<{ kind: 'benchmark'; request: Record<string, unknown> }>().toExtend<
      Inputs['jobs']['create']
    >();
    expectTypeOf<{ kind: 'dream'; request: Record<string, unknown> }>().not.toExtend<
      Inputs['jobs']['create']
    >();
    expectTypeOf<{ job_id: string }>().toExtend<Inputs['jobs']['get']>();
    expectTypeOf<object>().not.toExtend<Inputs['jobs']['get']>();
  });

  it('parses a request into the fields of its kind', () => {
    expectTypeOf(parseRequest<'agentic-agent'>).returns.toHaveProperty('question');
    expectTypeOf(parseRequest<'llm-instance'>).returns.not.toHaveProperty('question');
  });

  it('knows every failure by its code', () => {
    expectTypeOf<'job.not_found'>().toExtend<FailureCode>();
    expectTypeOf<string>().not.toExtend<FailureCode>();
    expectTypeOf<Failure['code']>().toEqualTypeOf<FailureCode>();
  });
});

describe('units', () => {
  it('let a plain number become one and keep one from becoming another', () => {
    const duration: Milliseconds = 12;
    expectTypeOf(duration).toExtend<number>();
    expectTypeOf<Milliseconds>().not.toExtend<Seconds>();
  });
});
