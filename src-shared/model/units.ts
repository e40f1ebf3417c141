/** Numbers that know their unit: a plain number may become one, one unit may not become another. */
declare const unit: unique symbol;
type In<U extends string> = number & { readonly [unit]?: U };

export type Microseconds = In<'us'>;
export type Milliseconds = In<'ms'>;
export type Seconds = In<'s'>;
/** Wall clock, seconds since 1970-01-01T00:00Z with fraction: what RUNE's tables hold. */
export type EpochSeconds = In<'epoch-s'>;
/** Wall clock, whole microseconds since 1970-01-01T00:00Z: what rs_span holds. Exact in a double until the year 2255. */
export type EpochMicroseconds = In<'epoch-us'>;
export type Bytes = In<'B'>;
export type Usd = In<'usd'>;

export const toEpochSeconds = (at: EpochMicroseconds): EpochSeconds => at / 1_000_000;
export const toEpochMicroseconds = (at: EpochSeconds): EpochMicroseconds => Math.round(at * 1_000_000);
