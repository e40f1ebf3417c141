/**
 * What a server makes of If-None-Match: * on a put. `ignored`: it overwrites without a word (SeaweedFS before 3.97);
 * `refused`: it answers that it does not know the header.
 */
export type ConditionalWrites = 'honoured' | 'ignored' | 'refused';

/** What was learned about places (`ArchiveTarget.place`), kept over restarts. */
export interface TargetFacts {
  /** Null: not known yet. */
  get(place: string): ConditionalWrites | null;
  set(place: string, value: ConditionalWrites): void;
}
