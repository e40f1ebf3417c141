import type { CallPhase, ModelCallFigures } from '#shared/model/model-call.ts';
import type { TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';
import type { TimeRange } from './tree.ts';

/** A phase of a model call where it is drawn. */
export interface PlacedPhase extends TimeRange {
  readonly phase: CallPhase['phase'];
  readonly ms: number;
  readonly source: CallPhase['source'];
}

export const PHASE_NAMES: { readonly [P in CallPhase['phase']]: string } = {
  load: 'load',
  prompt_eval: 'prefill',
  first_token: 'first token',
  generation: 'gen',
  other: 'other',
};

/** The figures of span i, or null. `calls` is sorted by index. */
export function callOf(trace: TraceColumns, i: number): ModelCallFigures | null {
  let low = 0;
  let high = trace.calls.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [index, figures] = trace.calls[middle] as readonly [number, ModelCallFigures];
    if (index === i) return figures;
    if (index < i) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}

/**
 * Phases one after another from the span's start. Where a server's clock says more than the span lasted, all are
 * shortened in proportion, so that none is drawn outside its bar; `ms` stays what was measured.
 *
 *   span    |--------------------|
 *   phases  |load|prefill|gen..|      the rest: network and waiting
 */
export function placePhases(
  figures: ModelCallFigures,
  startUs: Microseconds,
  durationUs: Microseconds,
): readonly PlacedPhase[] {
  const known = figures.phases.filter((phase) => phase.ms > 0 && Number.isFinite(phase.ms));
  const sumUs = known.reduce((sum, phase) => sum + phase.ms * 1000, 0);
  const scale = sumUs > durationUs && sumUs > 0 ? durationUs / sumUs : 1;
  let at = startUs;
  return known.map(({ phase, ms, source }) => {
    const begin = at;
    at += ms * 1000 * scale;
    return { phase, ms, source, startUs: begin, endUs: at };
  });
}
