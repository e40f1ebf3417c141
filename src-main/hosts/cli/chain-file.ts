import { parse } from 'yaml';
import { chainOfDocument } from '#shared/contract/chain-catalogue.ts';
import { CodedError } from '#shared/model/failure.ts';
import { readText } from './request-file.ts';

/**
 * The request in a chain's file, which is YAML or JSON: the request itself, or one chain as RUNE's chains.yaml has it.
 * `-`: stdin. Throws `request.*`.
 */
export async function readChainFile(path: string): Promise<Record<string, unknown>> {
  const name = path === '-' ? 'The chain on stdin' : `The chain file ${path}`;
  const text = await readText(path, name);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100, logLevel: 'error' });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown);
    throw new CodedError('request.invalid', `${name} is neither YAML nor JSON: ${why}`);
  }
  return chainOfDocument(value, name);
}
