/** One measured figure beside what it is compared with. */
export interface BenchFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The peer's or the bare tool's figure in the same unit; null when there is nothing to compare with. */
  readonly reference: number | null;
  /** `measured` in this run, `quoted` from somebody's earlier measurement on the same kind of machine. */
  readonly reference_source: 'measured' | 'quoted' | null;
  /** value / reference. */
  readonly ratio: number | null;
  /** In words, so that the direction is plain: "< 0.15 s", ">= 0.5 of the reference". */
  readonly target: string | null;
  readonly met: boolean | null;
}

export function figure(
  name: string,
  value: number,
  unit: string,
  more: {
    readonly reference?: number;
    readonly source?: 'measured' | 'quoted';
    readonly target?: string;
    readonly met?: boolean;
  } = {},
): BenchFigure {
  return {
    name,
    value,
    unit,
    reference: more.reference ?? null,
    reference_source: more.reference === undefined ? null : (more.source ?? 'measured'),
    ratio: more.reference === undefined ? null : value / more.reference,
    target: more.target ?? null,
    met: more.met ?? null,
  };
}

/** The middle of an odd number of runs, which one slow run does not move. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
