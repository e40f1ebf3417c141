import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '#renderer/client/query.tsx';
import { isOpen } from '#renderer/widgets/rental-words.ts';
import type { RentalStatus, RentalsAnswer } from '#shared/model/rentals.ts';
import type { Milliseconds } from '#shared/model/units.ts';

/** What runs changes with every step of a job; what is over, hardly. */
const FOLLOWS_MS: Milliseconds = 3_000;
const AGAIN_MS: Milliseconds = 10_000;

const isMoving = (answer: RentalsAnswer | undefined): boolean =>
  answer?.rentals.some(isOpen) === true || (answer?.strays.length ?? 0) > 0;

/** The ledger, the newest first. */
export function useRentals(of: {
  readonly limit: number;
  readonly open: boolean;
  readonly job: string | null;
}) {
  const { orpc } = useApi();
  const input = { limit: of.limit, open: of.open, ...(of.job === null ? {} : { job_id: of.job }) };
  return useQuery({
    ...orpc.rentals.list.queryOptions({
      input,
      refetchInterval: ({ state }) => (isMoving(state.data) ? FOLLOWS_MS : AGAIN_MS),
      refetchOnWindowFocus: 'always',
    }),
    placeholderData: keepPreviousData,
  });
}

/** What is rented now and what should not be: cheap, so that every view can ask. */
export function useRentalStatus(): RentalStatus | undefined {
  const { orpc } = useApi();
  return useQuery(
    orpc.rentals.status.queryOptions({
      refetchInterval: ({ state }) =>
        (state.data?.running ?? 0) + (state.data?.strays.length ?? 0) > 0 ? FOLLOWS_MS : AGAIN_MS,
      refetchOnWindowFocus: 'always',
    }),
  ).data;
}

export function useMachines() {
  const { orpc } = useApi();
  return useQuery(orpc.rentals.machines.queryOptions({ refetchInterval: AGAIN_MS }));
}

/** Compares what exists with what should, now. */
export function useReconcile() {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => client.rentals.reconcile(),
    onSettled: () => cache.invalidateQueries({ queryKey: orpc.rentals.key() }),
  });
}
