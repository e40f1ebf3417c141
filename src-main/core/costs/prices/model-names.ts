/** Regions and vendors that services put before a model's name: "us.anthropic.". */
const ROUTES = /^(?:us-gov|us|eu|apac|jp|au|ca|global)\./;
const VENDORS = /^(?:anthropic|meta|amazon|mistral|cohere|ai21|deepseek|openai|qwen|google)\./;

/** What may follow a name and leave its price as it is: dates, versions, context, quantisation, packaging. */
const SAME_PRICE =
  /^(?:-(?:instruct|chat|it|hf|gguf|awq|gptq|latest|\d{6}|\d{8}|\d{4}-\d{2}-\d{2}|v-\d+(?:-\d+)?(?:-\d+k)?|(?:q|f|fp|bf|int)-\d+(?:-[0-9kmsl])*))*$/;

/** "bedrock/us.meta.llama3-1-8b-instruct-v1:0" and "Llama-3.1:8B" begin alike: llama, 3, 1, 8b. */
function parts(name: string): readonly string[] {
  const bare = name.trim().toLowerCase().replace(/^.*\//s, '').replace(ROUTES, '').replace(VENDORS, '');
  return bare
    .replace(/([a-z])(?=\d)/g, '$1-')
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '');
}

/**
 * The row whose name is the longest beginning of `model`. `exact` is false where the rest of the name may mean
 * another price ("gpt-4o-realtime" of "gpt-4o"). Of equal names the first row wins.
 */
export function matchModel<Row extends { readonly name: string }>(
  rows: readonly Row[],
  model: string,
): { readonly row: Row; readonly exact: boolean } | null {
  const asked = parts(model);
  let best: { readonly row: Row; readonly length: number } | null = null;
  for (const row of rows) {
    const key = parts(row.name);
    if (key.length === 0 || key.some((part, index) => part !== asked[index])) continue;
    if (best === null || key.length > best.length) best = { row, length: key.length };
  }
  if (best === null) return null;
  const rest = asked.slice(best.length).map((part) => `-${part}`);
  return { row: best.row, exact: SAME_PRICE.test(rest.join('')) };
}
