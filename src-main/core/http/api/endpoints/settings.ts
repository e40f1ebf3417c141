import { z } from 'zod';
import {
  profileName,
  type RuneConfig,
  type RuneSettings,
  runeSettings,
} from '#shared/contract/rune-config.ts';
import { urlHoldsCredential } from '#shared/lib/credentials.ts';
import { ok, Refused } from '../answer.ts';
import { type ApiContext, endpoint } from '../endpoint.ts';
import * as shapes from '../shapes.ts';
import { toYaml } from '../yaml.ts';

type Body = Readonly<Record<string, unknown>>;

/** RUNE's mark in the place of a token. Tokens are not kept in a store: the mark is what is written, too. */
const REDACTED = '[REDACTED]';
const redacted = (settings: RuneSettings): RuneSettings =>
  settings.api_token == null || settings.api_token === '' ? settings : { ...settings, api_token: REDACTED };

/** Defaults under the active profile; what is null or absent there does not hide them. */
function effective({ defaults, profiles }: RuneConfig, active: string | null): RuneSettings {
  const profile = active === null ? {} : (profiles[active] ?? {});
  const said = Object.entries(profile).filter(([, value]) => value !== null && value !== undefined);
  return redacted({ ...defaults, ...Object.fromEntries(said) });
}

const activeOf = (api: ApiContext, { profiles, active_profile }: RuneConfig): string | null =>
  [active_profile, api.env.RUNE_PROFILE].find((name) => name != null && Object.hasOwn(profiles, name)) ??
  null;

/** Settings of a body, by either name: rune-ui says `config`. Throws 400 for a key or a value that is none. */
function settingsIn({ settings, config }: Body): RuneSettings | null {
  const given = settings ?? config;
  if (given === undefined || given === null) return null;
  const parsed = runeSettings.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'settings'}: ${message}`,
    );
    throw new Refused(400, problems.join('; '));
  }
  for (const [key, value] of Object.entries(parsed.data)) {
    if (key.endsWith('_url') && typeof value === 'string' && urlHoldsCredential(value))
      throw new Refused(400, `${key} holds a credential`, {}, 'request.secret_in_url');
  }
  return redacted(parsed.data);
}

const nameIn = (value: unknown, key: string): string => {
  const parsed = profileName.safeParse(value);
  if (!parsed.success) throw new Refused(400, `${key} ${parsed.error.issues[0]?.message ?? 'is invalid'}`);
  return parsed.data;
};

const existing = ({ profiles }: RuneConfig, name: string): RuneSettings => {
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found === undefined) throw new Refused(404, 'profile not found');
  return found;
};

/** A null takes a setting away. */
const merged = (before: RuneSettings, after: RuneSettings): RuneSettings =>
  runeSettings.parse(
    Object.fromEntries(Object.entries({ ...before, ...after }).filter(([, value]) => value !== null)),
  );

function updated(config: RuneConfig, body: Body): RuneConfig {
  const settings = settingsIn(body);
  const target = body.profile == null || body.profile === '' ? null : nameIn(body.profile, 'profile');
  let { defaults, profiles, active_profile } = config;
  if (settings !== null && target === null) defaults = merged(defaults, settings);
  if (settings !== null && target !== null)
    profiles = { ...profiles, [target]: merged(existing(config, target), settings) };
  if (body.active_profile !== undefined) {
    active_profile = body.active_profile === null ? null : nameIn(body.active_profile, 'active_profile');
    if (active_profile !== null) existing({ ...config, profiles }, active_profile);
  }
  return { defaults, profiles, active_profile };
}

const updateBody = z.object({
  settings: runeSettings.optional(),
  config: runeSettings.optional(),
  profile: profileName.nullish(),
  active_profile: profileName.nullish(),
});
const KEYS = new Set(Object.keys(updateBody.shape));
const profileBody = z.object({
  name: profileName,
  settings: runeSettings.optional(),
  config: runeSettings.optional(),
});

export const settingEndpoints = [
  endpoint({
    methods: ['GET'],
    path: '/v1/settings',
    tag: 'settings',
    summary: "The tenant's configuration for RUNE's clients: defaults, profiles, and what comes of them.",
    answers: [{ status: 200, about: 'tokens redacted', schema: shapes.settings }],
    handle: async ({ api, tenant }) => {
      const config = await api.client.http.config.get({ tenant_id: tenant });
      const active_profile = activeOf(api, config);
      const effective_config = effective(config, active_profile);
      return ok({
        defaults: redacted(config.defaults),
        profiles: Object.fromEntries(
          Object.entries(config.profiles).map(([name, one]) => [name, redacted(one)]),
        ),
        active_profile,
        effective_config,
        config: effective_config,
      });
    },
  }),
  endpoint({
    methods: ['POST', 'PUT', 'PATCH'],
    path: '/v1/settings',
    tag: 'settings',
    summary: 'Changes the settings of a profile (none: the defaults), or which profile is active.',
    body: updateBody,
    answers: [
      { status: 200, about: 'updated', schema: shapes.status },
      { status: 400, about: 'a setting that there is not' },
      { status: 404, about: 'profile not found' },
    ],
    handle: async ({ api, tenant, body }) => {
      const unknown = Object.keys(body).find((key) => !KEYS.has(key));
      if (unknown !== undefined) throw new Refused(400, `unknown key: ${unknown.slice(0, 64)}`);
      const config = updated(await api.client.http.config.get({ tenant_id: tenant }), body);
      await api.client.http.config.set({ tenant_id: tenant, config });
      return ok({ status: 'updated' });
    },
  }),
  endpoint({
    methods: ['POST', 'PUT', 'PATCH'],
    path: '/v1/settings/profiles',
    tag: 'settings',
    summary: 'Makes a profile.',
    body: profileBody,
    answers: [
      { status: 201, about: 'created', schema: shapes.status },
      { status: 409, about: 'there is one of that name' },
    ],
    handle: async ({ api, tenant, body }) => {
      const name = nameIn(body.name, 'name');
      const config = await api.client.http.config.get({ tenant_id: tenant });
      if (Object.hasOwn(config.profiles, name)) throw new Refused(409, 'profile already exists');
      const profiles = { ...config.profiles, [name]: settingsIn(body) ?? {} };
      await api.client.http.config.set({ tenant_id: tenant, config: { ...config, profiles } });
      return { status: 201, json: { status: 'created' } };
    },
  }),
  endpoint({
    methods: ['GET'],
    path: '/v1/settings/profiles/{name}',
    tag: 'settings',
    summary: "A profile. (RUNE's server deletes it on GET; its clients send DELETE.)",
    answers: [
      { status: 200, about: 'tokens redacted', schema: shapes.profile },
      { status: 404, about: 'profile not found' },
    ],
    handle: async ({ api, tenant, params }) => {
      const profile = params.name ?? '';
      const config = await api.client.http.config.get({ tenant_id: tenant });
      return ok({ profile, settings: redacted(existing(config, profile)) });
    },
  }),
  endpoint({
    methods: ['DELETE'],
    path: '/v1/settings/profiles/{name}',
    tag: 'settings',
    summary: 'Deletes a profile.',
    answers: [
      { status: 200, about: 'deleted', schema: shapes.status.extend({ profile: z.string() }) },
      { status: 404, about: 'profile not found' },
    ],
    handle: async ({ api, tenant, params }) => {
      const profile = params.name ?? '';
      const config = await api.client.http.config.get({ tenant_id: tenant });
      existing(config, profile);
      const { [profile]: _gone, ...profiles } = config.profiles;
      const active_profile = config.active_profile === profile ? null : config.active_profile;
      await api.client.http.config.set({
        tenant_id: tenant,
        config: { ...config, profiles, active_profile },
      });
      return ok({ status: 'deleted', profile });
    },
  }),
  endpoint({
    methods: ['GET'],
    path: '/v1/settings/export',
    tag: 'settings',
    summary: 'A profile, or the defaults, as YAML.',
    query: z.object({ profile: z.string().max(64).default('') }),
    answers: [{ status: 200, about: 'tokens redacted', type: 'text/yaml' }],
    handle: async ({ api, tenant, query: { profile } }) => {
      const config = await api.client.http.config.get({ tenant_id: tenant });
      const settings = profile === '' ? config.defaults : existing(config, profile);
      return {
        status: 200,
        bytes: Buffer.from(toYaml(redacted(settings))),
        type: 'text/yaml; charset=utf-8',
        headers: { 'content-disposition': `attachment; filename="rune-${profile || 'defaults'}.yaml"` },
      };
    },
  }),
];
