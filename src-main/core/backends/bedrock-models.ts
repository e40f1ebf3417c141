import { z } from 'zod';
import type { BedrockClients } from './bedrock-client.ts';

const MAX_MODELS = 5000;
const word = z.string().max(512);
const words = z.array(word).max(64).nullish();

const summary = z.object({
  modelId: word,
  inputModalities: words,
  outputModalities: words,
  inferenceTypesSupported: words,
  responseStreamingSupported: z.boolean().nullish(),
});
const summaries = z.object({ modelSummaries: z.array(summary).max(MAX_MODELS).nullish() });
const profiles = z.object({
  inferenceProfileSummaries: z
    .array(
      z.object({
        inferenceProfileId: word,
        models: z
          .array(z.object({ modelArn: word.nullish() }))
          .max(64)
          .nullish(),
      }),
    )
    .max(1000)
    .nullish(),
  nextToken: z.string().max(8192).nullish(),
});

/** A model as Bedrock can be asked for it. */
export interface BedrockModel {
  /** The model's id, or that of an inference profile where the model has no on-demand throughput. */
  readonly id: string;
  readonly readsImages: boolean;
}

/** Text models that can be asked: those with on-demand throughput by their id, the rest by an inference profile. */
export async function listBedrockModels(
  clients: BedrockClients,
  signal: AbortSignal,
): Promise<readonly BedrockModel[]> {
  const { sdk, client } = await clients.control();
  const command = new sdk.ListFoundationModelsCommand({ byOutputModality: 'TEXT' });
  const answer = summaries.parse(await client.send(command, { abortSignal: signal }));
  const models = (answer.modelSummaries ?? []).filter(({ outputModalities }) =>
    (outputModalities ?? ['TEXT']).includes('TEXT'),
  );
  const byId = new Map(models.map((model) => [model.modelId, model]));
  const readsImages = (id: string): boolean => (byId.get(id)?.inputModalities ?? []).includes('IMAGE');
  const direct = models.filter(({ inferenceTypesSupported: types }) =>
    (types ?? ['ON_DEMAND']).includes('ON_DEMAND'),
  );
  const viaProfile = models.some(({ inferenceTypesSupported: types }) =>
    types?.includes('INFERENCE_PROFILE'),
  );
  const listed = viaProfile ? await listProfiles(clients, signal) : [];
  return [
    ...direct.map(({ modelId }) => ({ id: modelId, readsImages: readsImages(modelId) })),
    ...listed
      .filter(({ modelId }) => byId.has(modelId))
      .map(({ id, modelId }) => ({ id, readsImages: readsImages(modelId) })),
  ].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

interface Profile {
  readonly id: string;
  readonly modelId: string;
}

async function listProfiles(clients: BedrockClients, signal: AbortSignal): Promise<readonly Profile[]> {
  const { sdk, client } = await clients.control();
  const found: Profile[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const command = new sdk.ListInferenceProfilesCommand({ typeEquals: 'SYSTEM_DEFINED', nextToken });
      const page = profiles.parse(await client.send(command, { abortSignal: signal }));
      for (const { inferenceProfileId, models } of page.inferenceProfileSummaries ?? [])
        found.push({ id: inferenceProfileId, modelId: models?.[0]?.modelArn?.split('/').at(-1) ?? '' });
      nextToken = page.nextToken ?? undefined;
    } while (nextToken !== undefined && found.length < MAX_MODELS);
  } catch (thrown) {
    // A right of its own, which not everybody who may list models has: the rest stands.
    if (!(thrown instanceof sdk.AccessDeniedException)) throw thrown;
  }
  return found;
}
