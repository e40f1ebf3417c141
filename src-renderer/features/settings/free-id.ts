/** A new entry's id: its name as a slug, numbered when taken. */
export function freeId(
  name: string,
  taken: readonly { readonly id: string }[],
  fallback: string = 'backend',
): string {
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 48) || fallback;
  for (let n = 1; ; n++) {
    const id = n === 1 ? slug : `${slug}-${n}`;
    if (!taken.some((one) => one.id === id)) return id;
  }
}
