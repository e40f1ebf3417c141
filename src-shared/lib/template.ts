/** `{{` and `}}` are braces; `{name}` is a placeholder when it looks like a name. Other braces are text: questions hold JSON. */
const PART = /\{\{|\}\}|\{([^\s{}"':,][^{}"':,\n]{0,127})\}/g;

const PLAIN_NAME = /^[A-Za-z_][\w.-]*$/;

/**
 * A template with its placeholders filled in, once: what a value holds is not looked at again. `missing` are names that
 * have no value; braces around what is no plain name, and has no value, stay text.
 */
export function fillTemplate(
  template: string,
  values: ReadonlyMap<string, string>,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const text = template.replace(PART, (whole, name: string | undefined) => {
    if (name === undefined) return whole.charAt(0);
    const value = values.get(name);
    if (value !== undefined) return value;
    if (PLAIN_NAME.test(name)) missing.add(name);
    return whole;
  });
  return { text, missing: [...missing] };
}
