import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { gpuWords } from '#renderer/widgets/rental-words.ts';
import type { Market } from '#shared/model/offers.ts';
import type { Rental, Stray } from '#shared/model/rentals.ts';
import type { Usd } from '#shared/model/units.ts';

/** What is to be destroyed, as the engine is told and as the reader is. */
export interface Target {
  readonly key: string;
  /** `RTX 4090`. */
  readonly gpu: string;
  readonly usd_hour: Usd | null;
  readonly of: { readonly rental_id: string } | { readonly market: Market; readonly contract_id: number };
}

/** How far it is. `gone`: seen absent. `waiting`: the engine tries on; `failed`: it was not even asked. */
export type Outcome = Target &
  (
    | { readonly phase: 'busy' }
    | { readonly phase: 'gone' | 'waiting'; readonly message: string }
    | { readonly phase: 'failed'; readonly failure: ShownFailure }
  );

export const rentalTarget = (rental: Rental): Target => ({
  key: rental.rental_id,
  gpu: gpuWords(rental.gpu_name, rental.num_gpus),
  usd_hour: rental.usd_hour,
  of: { rental_id: rental.rental_id },
});

export const strayTarget = ({ market, contract_id, gpu_name, usd_hour }: Stray): Target => ({
  key: `${market} ${contract_id}`,
  gpu: gpuWords(gpu_name),
  usd_hour,
  of: { market, contract_id },
});

export interface Destroy {
  readonly outcomes: readonly Outcome[];
  readonly busy: boolean;
  /** What is under way already is not asked for twice. */
  readonly destroy: (targets: readonly Target[]) => void;
  /** Forgets what has come to an end. */
  readonly clear: () => void;
}

/** Destroys instances side by side, and says of each whether it was seen gone. */
export function useDestroy(): Destroy {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const underWay = useRef(new Set<string>());
  const put = (outcome: Outcome): void =>
    setOutcomes((now) => [...now.filter(({ key }) => key !== outcome.key), outcome]);
  const run = async (target: Target): Promise<void> => {
    if (underWay.current.has(target.key)) return;
    underWay.current.add(target.key);
    put({ ...target, phase: 'busy' });
    try {
      const { gone, message } = await client.rentals.destroy(target.of);
      put({ ...target, phase: gone ? 'gone' : 'waiting', message });
    } catch (thrown) {
      put({ ...target, phase: 'failed', failure: shownFailure(thrown) });
    } finally {
      underWay.current.delete(target.key);
      void cache.invalidateQueries({ queryKey: orpc.rentals.key() });
    }
  };
  return {
    outcomes,
    busy: outcomes.some(({ phase }) => phase === 'busy'),
    destroy: (targets) => {
      for (const target of targets) void run(target);
    },
    clear: () => setOutcomes((now) => now.filter(({ phase }) => phase === 'busy')),
  };
}
