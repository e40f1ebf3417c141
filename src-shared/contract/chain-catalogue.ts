import { z } from 'zod';
import { CodedError } from '#shared/model/failure.ts';

/** A step as RUNE's catalogue has it (reference: drivers §7): one predecessor, and a question without placeholders. */
const catalogueStep = z.object({
  id: z.string(),
  agent: z.string(),
  question: z.string(),
  input_from: z.string().nullish(),
});

/**
 * The request in a document: the request itself, or one chain as RUNE's chains.yaml has it. `name` begins the sentences
 * of what is refused. Throws `request.invalid`.
 */
export function chainOfDocument(value: unknown, name: string): Record<string, unknown> {
  if (!isObject(value)) throw new CodedError('request.invalid', `${name} must hold an object with steps.`);
  return Array.isArray(value.chains) ? ofCatalogue(value.chains, name) : value;
}

function ofCatalogue(chains: readonly unknown[], name: string): Record<string, unknown> {
  const [chain] = chains;
  if (chains.length !== 1 || !isObject(chain))
    throw new CodedError('request.invalid', `${name} holds ${chains.length} chains: one is run at a time.`);
  const steps = z.array(catalogueStep).safeParse(chain.steps);
  if (!steps.success)
    throw new CodedError('request.invalid', `${name}: steps need id, agent and question, as in chains.yaml.`);
  return {
    ...(typeof chain.name === 'string' && { name: chain.name }),
    steps: steps.data.map(({ id, agent, question, input_from = null }) => ({
      name: id,
      agent,
      // Its questions are no templates; what comes before is put behind.
      question_template: `${question.replace(/[{}]/g, '$&$&')}${input_from === null ? '' : `\n\n{${input_from}}`}`,
      dependencies: input_from === null ? [] : [input_from],
    })),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
