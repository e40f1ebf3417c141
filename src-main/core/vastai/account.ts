import { CodedError } from '#shared/model/failure.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import type { VastClient } from './seams.ts';

/** Of wall: nothing waits longer for what only makes an absence surer. */
const LIMIT_MS: Milliseconds = 5000;
const known = new WeakMap<VastClient, number>();

/** Whose key it is, as a number of the market's own; null where it does not say. */
export async function accountOf(client: VastClient, signal: AbortSignal): Promise<number | null> {
  if (client.connection.market === 'demo') return null;
  const before = known.get(client);
  if (before !== undefined) return before;
  try {
    const { id } = await client.user(AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]));
    if (id !== null) known.set(client, id);
    return id;
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof CodedError)) throw thrown;
    return null;
  }
}

/** With a key of another account nothing of it is seen, which does not mean that it is gone. */
export const isOfAnother = (row: { readonly account: number | null }, account: number | null): boolean =>
  row.account !== null && account !== null && row.account !== account;

export const otherAccount = (): CodedError =>
  new CodedError(
    'vastai.bad_key',
    "It was rented with a key of another account, and may still be running there: put that key into Settings › Secrets as VAST_API_KEY, or destroy it on the market's own page.",
  );
