import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '#shared/contract/contract.ts';
import type { Failure } from '#shared/model/failure.ts';

/** The contract as the page and the command line call it. */
export type ContractClient = ContractRouterClient<Contract>;

/** The failure that a call of the contract ended with; null for a bug. */
export function failureOf(thrown: unknown): Failure | null {
  if (!(thrown instanceof Error) || !('code' in thrown)) return null;
  if (thrown.code !== 'FAILED' || !('data' in thrown)) return null;
  return thrown.data as Failure;
}
