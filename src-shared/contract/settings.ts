import { z } from 'zod';
import { commandHoldsCredential } from '#shared/lib/credentials.ts';
import { BACKEND_TYPES } from '#shared/model/job.ts';
import { backendUrl } from './requests.ts';

const name = z.string().trim().min(1).max(64);
/** Names a secret; never is one. */
export const secretName = name;

/** A server the user told us about. Its key is a secret's name, never the secret. */
export const backendSetting = z.strictObject({
  id: name,
  name,
  backend_type: z.enum(BACKEND_TYPES),
  base_url: backendUrl,
  default_model: z.string().max(128).nullable().default(null),
  api_key_secret: name.nullable().default(null),
});

/** How to reach an agent's driver when the RUNE_<NAME>_DRIVER_* variables do not say. */
export const driverSetting = z.strictObject({
  agent: z.string().regex(/^[a-z0-9_-]{1,64}$/, 'may hold a-z, 0-9, _ and -'),
  mode: z.enum(['stdio', 'http']),
  /** A command line in POSIX shell words; no shell runs it. */
  command: z
    .string()
    .max(4096)
    .refine((value) => !commandHoldsCredential(value), {
      message: 'holds a credential: store it as a variable and let the driver see that by its name',
    })
    .nullable()
    .default(null),
  url: backendUrl.nullable().default(null),
  tenant: name.default('default'),
  token_secret: name.nullable().default(null),
  /** Environment variables the driver may see, by name, beside those its agent needs. */
  pass_env: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
    .max(64)
    .default([]),
});

/** A bucket. Without a key id, credentials come from the environment and the SDK's own chain. */
export const s3TargetSetting = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'may hold letters, digits, "_" and "-"')
    .refine((id) => id !== 'folder' && id !== 'env', 'is taken'),
  name,
  /** Results are delivered here; false: only browsed. */
  delivers: z.boolean().default(true),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i, 'is no bucket name'),
  /** Where results lie in it. */
  prefix: z
    .string()
    .max(256)
    .regex(/^([^/]+\/)+$/, 'must end with "/" and not begin with it')
    .refine((value) => !value.split('/').some((part) => part === '.' || part === '..'), 'must not climb')
    .default('results/'),
  /** Null: AWS. Any host: a bare name, an address. */
  endpoint: backendUrl
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'must be an http or https address')
    .nullable()
    .default(null),
  region: z.string().max(64).nullable().default(null),
  /** Bucket in the path; null: wherever an endpoint is given. */
  path_style: z.boolean().nullable().default(null),
  /** `when_supported` adds CRC32 headers that older servers refuse. */
  checksums: z.enum(['when_required', 'when_supported']).default('when_required'),
  access_key_id: z.string().trim().max(256).nullable().default(null),
  secret_access_key_secret: name.nullable().default(null),
  session_token_secret: name.nullable().default(null),
});
export type S3TargetSetting = z.infer<typeof s3TargetSetting>;

const usd = z.number().nonnegative().max(1_000_000);

/** A price of the user's own: of a row of the book or the price APIs, or of what nobody prices. */
export const priceOverride = z
  .strictObject({
    /** `<provider>/<name>`, in lower case: the row it replaces, or a new one. */
    id: z
      .string()
      .max(256)
      .regex(/^(vastai|aws|gcp|azure|api)\/[^/\s][^/]*$/, 'reads like aws/g5.xlarge or api/gpt-4o'),
    usd_hour: usd.nullable().default(null),
    usd_million_in: usd.nullable().default(null),
    usd_million_out: usd.nullable().default(null),
    /** Epoch seconds, to the end of the year 9999: a date has to be made of them. */
    as_of: z.number().nonnegative().max(253_402_300_799),
  })
  .refine(
    ({ usd_hour, usd_million_in, usd_million_out }) =>
      (usd_hour !== null) !== (usd_million_in !== null && usd_million_out !== null),
    'takes a price per hour, or prices per million tokens in and out',
  );
export type PriceOverride = z.infer<typeof priceOverride>;

export const settingsSchema = z.strictObject({
  version: z.literal(1).default(1),
  backends: z.array(backendSetting).max(64).default([]),
  drivers: z.array(driverSetting).max(64).default([]),
  jobs: z
    .strictObject({
      concurrency: z.number().int().min(1).max(32).default(2),
      /** Seconds before a running job is ended as job.timeout. */
      timeout: z.number().positive().max(86_400).default(3600),
    })
    .prefault({}),
  demo: z
    .strictObject({
      /** Multiplies every delay of the demo backend. */
      slowness: z.number().min(0).max(20).default(1),
    })
    .prefault({}),
  local_cost: z
    .strictObject({
      tdp_watts: z.number().positive().max(20_000).default(300),
      energy_rate_kwh: z.number().nonnegative().max(10).default(0.15),
    })
    .prefault({}),
  spend: z
    .strictObject({
      /** USD; the gate asks when cost_high_usd is above it. Null: RUNE_SPEND_WARNING_THRESHOLD, else 5. */
      threshold_usd: usd.nullable().default(null),
      /** Paid spending of one day and of one job. Null: no budget; 0: nothing may be spent. */
      day_budget_usd: usd.nullable().default(null),
      job_budget_usd: usd.nullable().default(null),
    })
    .prefault({}),
  prices: z
    .strictObject({
      /** Ask the price APIs; off: the user's rows, what is cached and the book. */
      live: z.boolean().default(true),
      region: z.string().max(64).nullable().default(null),
      overrides: z.array(priceOverride).max(1000).default([]),
    })
    .prefault({}),
  http: z
    .strictObject({
      /** RUNE's API on a port of its own. */
      api: z
        .strictObject({
          enabled: z.boolean().default(false),
          port: z.number().int().min(0).max(65_535).default(8080),
        })
        .prefault({}),
      /** GET /metrics for Prometheus, on loopback. */
      metrics: z
        .strictObject({
          enabled: z.boolean().default(false),
          port: z.number().int().min(0).max(65_535).default(9464),
        })
        .prefault({}),
      /** POST /v1/traces on loopback. */
      otlp_in: z
        .strictObject({
          enabled: z.boolean().default(false),
          port: z.number().int().min(0).max(65_535).default(4318),
        })
        .prefault({}),
      /** Ended jobs are sent to this collector. */
      otlp_out: z
        .strictObject({
          enabled: z.boolean().default(false),
          /** Base, /v1/traces is appended; null: OTEL_EXPORTER_OTLP_ENDPOINT. */
          endpoint: backendUrl.nullable().default(null),
          /** `Authorization` and the like: header name, and the secret that holds its value. */
          headers: z
            .array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9-]{1,128}$/), secret: name }))
            .max(16)
            .default([]),
          compression: z.enum(['none', 'gzip']).default('gzip'),
        })
        .prefault({}),
    })
    .prefault({}),
  /** rune-api servers that are used as sources. */
  remotes: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'may hold letters, digits, "_" and "-"'),
        name,
        url: backendUrl,
        tenant: name.default('default'),
        token_secret: name.nullable().default(null),
      }),
    )
    .max(32)
    .default([]),
  /** What is deleted from this store, and only what the archive has. Null: never. */
  retention: z
    .strictObject({
      max_age_days: z.number().positive().max(36_500).nullable().default(null),
      max_gb: z.number().positive().max(100_000).nullable().default(null),
    })
    .prefault({}),
  logs: z
    .strictObject({
      keep_days: z.number().positive().max(3650).default(14),
      max_rows: z.number().int().min(1000).max(5_000_000).default(200_000),
    })
    .prefault({}),
  offers: z
    .strictObject({
      /** Never rented, and marked in the list. */
      blocked_hosts: z.array(z.number().int().nonnegative()).max(1000).default([]),
      blocked_machines: z.array(z.number().int().nonnegative()).max(1000).default([]),
      /** Rows of the selector table: the user's own, or in place of RUNE's of the same name. */
      models: z
        .array(
          z.strictObject({
            model: z.string().trim().min(1).max(128),
            vram_mb: z.number().int().positive().max(100_000_000),
            /** Null: RUNE's formula. */
            disk_gb: z.number().int().min(8).max(100_000).nullable().default(null),
          }),
        )
        .max(200)
        .default([]),
      /** Hours after which an instance that outlives its job is destroyed. */
      keep_hours: z.number().positive().max(720).default(4),
      /** How long a rented machine may take until its backend answers, in seconds. */
      boot_timeout: z.number().min(30).max(7200).default(1200),
    })
    .prefault({}),
  archive: z
    .strictObject({
      /** Deliver to the folder in the data directory. */
      folder: z.boolean().default(true),
      /** Deliver to the bucket that RUNE_S3_* or S3_* variables name. */
      environment: z.boolean().default(true),
      /** Failed and cancelled jobs too. */
      unsuccessful: z.boolean().default(true),
      targets: z.array(s3TargetSetting).max(16).default([]),
    })
    .prefault({}),
});

export type RemoteSetting = Settings['remotes'][number];
export type BackendSetting = z.infer<typeof backendSetting>;
export type DriverSetting = z.infer<typeof driverSetting>;
export type Settings = z.infer<typeof settingsSchema>;

/** The user's own entry for where a request points; without an address, the first of that type. */
export const savedBackend = (
  { backends }: Pick<Settings, 'backends'>,
  {
    backend_type,
    backend_url,
  }: Pick<BackendSetting, 'backend_type'> & { readonly backend_url: string | null },
): BackendSetting | undefined =>
  backends.find(
    (backend) =>
      backend.backend_type === backend_type &&
      (backend_url === null || withoutSlash(backend.base_url) === withoutSlash(backend_url)),
  );

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

/** What is asked where the request names no model; '' where nobody says. */
export const defaultModel = (
  backendType: BackendSetting['backend_type'],
  saved: BackendSetting | undefined,
): string =>
  backendType === 'demo' ? 'demo' : (saved?.default_model ?? (backendType === 'ollama' ? 'llama3.1:8b' : ''));
