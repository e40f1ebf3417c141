/**
 * A piece of a listing. Without `dates` it is everything below `prefix`. With them, of a folder of dates, what lies
 * in date folders from `from` to `to` (both inclusive; null: open), however many lie in one page.
 */
export interface Unit {
  readonly prefix: string;
  dates: { readonly from: string | null; to: string } | null;
  /** The last key that was listed: what is left comes after it. */
  after: string | null;
}

/** The date folder that a key lies in, directly below `prefix`; may be no date at all. */
export const dateOf = (prefix: string, key: string): string | null =>
  key.charCodeAt(prefix.length + 10) === 0x2f ? key.slice(prefix.length, prefix.length + 10) : null;
