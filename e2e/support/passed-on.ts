import { fileURLToPath } from 'node:url';

const { PATH, HOME, AZURE_RETAIL_PRICES_URL } = process.env;

/** What a process under test sees of this one's environment, and where it finds what was compiled before. */
export const passedOn = (): Readonly<Record<string, string | undefined>> => ({
  PATH,
  HOME,
  AZURE_RETAIL_PRICES_URL,
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)),
});
