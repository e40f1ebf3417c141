/** A document of objects, lists and scalars as YAML; strings are quoted, as JSON's are YAML's too. */
export function toYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return `${indent}[]\n`;
    return value.map((item) => `${indent}- ${JSON.stringify(item)}\n`).join('');
  }
  if (typeof value !== 'object' || value === null) return `${indent}${JSON.stringify(value ?? null)}\n`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return `${indent}{}\n`;
  return entries.map(([key, item]) => `${indent}${keyText(key)}:${itemText(item, indent)}`).join('');
}

const keyText = (key: string): string =>
  /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(key)
    ? key
    : JSON.stringify(key);

function itemText(item: unknown, indent: string): string {
  const isNested = typeof item === 'object' && item !== null && Object.keys(item).length > 0;
  return isNested ? `\n${toYaml(item, `${indent}  `)}` : ` ${toYaml(item)}`;
}
