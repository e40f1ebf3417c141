/** `text` for a LIKE with ESCAPE '\\', so that nothing in it is a wildcard. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** SQLite's LIKE folds the case of ASCII letters only, so other letters are tried in both cases. */
export function likePatterns(text: string): string[] {
  const variants = /^[\0-\x7f]*$/.test(text) ? [text] : [text, text.toLowerCase(), text.toUpperCase()];
  return [...new Set(variants)].map((variant) => `%${escapeLike(variant)}%`);
}
