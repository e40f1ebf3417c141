import { z } from 'zod';

const text = (max: number) => z.string().max(max).nullish();
const amount = z.number().finite().nullish();
const flag = z.boolean().nullish();

/** Every key of RUNE's configuration; what is no key of it is a typo. */
export const runeSettings = z.strictObject({
  backend: text(64),
  api_base_url: text(2048),
  api_tenant: text(64),
  api_token: text(4096),
  insecure: flag,
  debug: flag,
  model: text(128),
  agent: text(64),
  question: text(100_000),
  backend_type: text(64),
  backend_url: text(2048),
  backend_warmup: flag,
  backend_warmup_timeout: amount,
  ollama_url: text(2048),
  ollama_warmup: flag,
  ollama_warmup_timeout: amount,
  kubeconfig: text(4096),
  region: text(64),
  vastai: flag,
  template_hash: text(256),
  min_dph: amount,
  max_dph: amount,
  reliability: amount,
  vastai_stop_instance: flag,
  idempotency_key: text(256),
  database_url: text(2048),
  attestation: z.strictObject({ driver: text(64), pcr_policy_path: text(4096) }).nullish(),
});
export type RuneSettings = z.infer<typeof runeSettings>;

export const profileName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'may hold letters, digits, ".", "_" and "-"');

/** What RUNE keeps as `rune_config` in its table of settings, and which profile is chosen. */
export const runeConfig = z.object({
  defaults: runeSettings.default({}),
  profiles: z.record(profileName, runeSettings).default({}),
  active_profile: profileName.nullable().default(null),
});
export type RuneConfig = z.infer<typeof runeConfig>;
