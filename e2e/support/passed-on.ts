const { PATH, HOME, AZURE_RETAIL_PRICES_URL } = process.env;

/** What a process under test sees of this one's environment. */
export const passedOn = (): Readonly<Record<string, string | undefined>> => ({
  PATH,
  HOME,
  AZURE_RETAIL_PRICES_URL,
});
