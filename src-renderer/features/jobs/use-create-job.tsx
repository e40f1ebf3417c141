import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { GateReport } from '#shared/model/costs.ts';
import type { JobKind } from '#shared/model/job.ts';
import { OWN } from '#shared/model/source.ts';
import type { Usd } from '#shared/model/units.ts';
import { GateDialog } from './gate-dialog.tsx';
import { RemoteGateDialog } from './remote-gate-dialog.tsx';

export interface WantedJob {
  /** Where it runs; left out, here. */
  readonly source?: string;
  readonly kind: JobKind;
  readonly request: Record<string, unknown>;
  /** Left out for a remote, whose setting says whose jobs they are. */
  readonly tenant_id?: string;
  readonly collector?: 'sqlite' | 'memory' | 'null';
}

/** A job that the spend gate did not let through, and what the gate says of it. */
export interface Stopped {
  readonly wanted: WantedJob;
  readonly failure: ShownFailure;
  /** Null where its figures could not be read. */
  readonly report: GateReport | null;
  /** What had been agreed to when it was stopped; null: nothing yet. */
  readonly agreed_usd: Usd | null;
}

const isElsewhere = ({ source = OWN }: WantedJob): boolean => source !== OWN;

/** What the gate answers instead of a job. */
const GATE_CODES: ReadonlySet<string> = new Set([
  'cost.approval_needed',
  'cost.unpriced',
  'cost.budget_exceeded',
]);

export interface CreateJob {
  readonly create: (wanted: WantedJob) => void;
  readonly busy: boolean;
  /** Why no job came of it, the gate aside. */
  readonly error: Error | null;
  readonly reset: () => void;
  /** The gate's question, to be drawn anywhere in the view. */
  readonly dialog: ReactNode;
}

/**
 * The one way in which the page makes jobs. Each is first asked for without an approval, whatever the page believes
 * that it costs: the engine decides, and only what it stopped is put to the user.
 */
export function useCreateJob(onCreated: (jobId: string, source: string) => void): CreateJob {
  const { client, orpc } = useApi();
  const cache = useQueryClient();
  const [stopped, setStopped] = useState<Stopped | null>(null);
  // Taken before the button that was pressed is disabled, which loses the focus.
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (stopped === null && opener.current instanceof HTMLElement) opener.current.focus();
  }, [stopped]);
  const attempt = useMutation({
    mutationFn: async ({ wanted, agreed_usd }: Pick<Stopped, 'wanted' | 'agreed_usd'>) => {
      try {
        const { job_id } = await client.jobs.create({ ...wanted, approved_usd: agreed_usd });
        return { job_id, source: wanted.source ?? OWN };
      } catch (error) {
        const failure = shownFailure(error);
        if (!GATE_CODES.has(failure.code)) throw error;
        const { kind, request } = wanted;
        // Our gate knows nothing of what another server pays for.
        const report = isElsewhere(wanted)
          ? null
          : await client.costs.gate({ kind, request }).catch(() => null);
        return { stopped: { wanted, failure, report, agreed_usd } };
      }
    },
    onSuccess: (answer) => {
      void cache.invalidateQueries({ queryKey: orpc.costs.key() });
      if (answer.stopped !== undefined) setStopped(answer.stopped);
      else {
        setStopped(null);
        onCreated(answer.job_id, answer.source);
      }
    },
  });
  const again = (agreed_usd: Usd | null): void => {
    if (stopped !== null && !attempt.isPending) attempt.mutate({ wanted: stopped.wanted, agreed_usd });
  };
  const dialog = {
    busy: attempt.isPending,
    error: attempt.error,
    onAgree: again,
    onDismiss: () => {
      attempt.reset();
      setStopped(null);
    },
  };
  return {
    create: (wanted) => {
      if (stopped !== null || attempt.isPending) return;
      opener.current = document.activeElement;
      attempt.mutate({ wanted, agreed_usd: null });
    },
    busy: attempt.isPending,
    error: stopped === null ? attempt.error : null,
    reset: attempt.reset,
    dialog:
      stopped === null ? null : isElsewhere(stopped.wanted) ? (
        <RemoteGateDialog {...{ stopped, ...dialog }} />
      ) : (
        <GateDialog {...{ stopped, ...dialog }} onRetry={() => again(null)} />
      ),
  };
}
