import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type ShownFailure, shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import type { GateReport } from '#shared/model/costs.ts';
import type { Milliseconds } from '#shared/model/units.ts';
import { asksAgent, type NewJobForm, requestOf } from './new-job-form.ts';

const SETTLES: Milliseconds = 350;

export interface GatePreview {
  readonly report: GateReport | undefined;
  readonly failure: ShownFailure | null;
  /** What is shown is of the form as it was. */
  readonly stale: boolean;
}

/** What the gate would say of the form, asked once typing pauses; an answer to an older form is never shown as new. */
export function useGatePreview(form: NewJobForm): GatePreview {
  const { orpc } = useApi();
  const wanted = JSON.stringify(wantedOf(form));
  const settled = useSettled(wanted, SETTLES);
  const gate = useQuery(
    orpc.costs.gate.queryOptions({
      input: JSON.parse(settled) as ReturnType<typeof wantedOf>,
      placeholderData: keepPreviousData,
      // A question may be long, and every pause in typing is a key.
      gcTime: 10_000,
    }),
  );
  return {
    report: gate.data,
    failure: gate.error === null ? null : shownFailure(gate.error),
    stale: wanted !== settled || gate.isPlaceholderData,
  };
}

/** A job without its question is not valid yet; what it would cost can be said all the same. */
function wantedOf(form: NewJobForm) {
  const request = requestOf(form);
  return {
    kind: form.kind,
    request: asksAgent(form.kind) && form.question === '' ? { ...request, question: '?' } : request,
  };
}

/** A value once it has stayed the same for a while; the first at once. */
function useSettled(value: string, after: Milliseconds): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
