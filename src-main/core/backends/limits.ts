/** An answer longer than this is a server that does not stop. */
export const MAX_ANSWER_CHARACTERS = 16 * 1024 * 1024;

/** RUNE's rule (reference: backends §5): a fifth of the context, between 1,024 and 64,000. */
export const maxOutputTokens = (context: number | null): number | null =>
  context === null ? null : Math.min(64_000, Math.max(1024, Math.floor(context / 5)));

/** A server's figure in another unit; servers leave out what is zero, so zero and absent are both null. */
export const nullIfZero = (value: number | null | undefined, divisor: number): number | null =>
  value === null || value === undefined || value === 0 ? null : value / divisor;
