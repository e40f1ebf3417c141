import { z } from 'zod';
import type { Clock } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import { parseLenient } from '#core/store/lenient-json.ts';
import {
  profileName,
  type RuneConfig,
  type RuneSettings,
  runeSettings,
} from '#shared/contract/rune-config.ts';
import { toEpochSeconds } from '#shared/model/units.ts';

/** RUNE's own tools read this row; the tenant `default` is theirs. */
const KEY = 'rune_config';
const keyOf = (tenantId: string): string => (tenantId === 'default' ? KEY : `${KEY}:${tenantId}`);

/** A store that RUNE wrote may hold more than we know: it is kept as it is, and only what we know is shown. */
const stored = z.record(z.string(), z.unknown());

/** RUNE's configuration documents in its table `settings`, one per tenant. */
export class RuneConfigStore {
  private readonly db: Db;
  private readonly clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.db = db;
    this.clock = clock;
  }

  get(tenantId: string): RuneConfig {
    const { defaults, profiles, active_profile } = this.read(tenantId);
    const active = profileName.safeParse(active_profile);
    return {
      defaults: known(defaults),
      profiles: Object.fromEntries(
        Object.entries(objectOf(profiles))
          .filter(([name]) => profileName.safeParse(name).success)
          .map(([name, one]) => [name, known(one)]),
      ),
      active_profile: active.success ? active.data : null,
    };
  }

  /** What this document holds beside what we know stays in it. */
  set(tenantId: string, config: RuneConfig): RuneConfig {
    const before = this.read(tenantId);
    const profiles = objectOf(before.profiles);
    const whole = {
      ...before,
      active_profile: config.active_profile,
      defaults: { ...foreign(before.defaults), ...config.defaults },
      profiles: Object.fromEntries(
        Object.entries(config.profiles).map(([name, one]) => [name, { ...foreign(profiles[name]), ...one }]),
      ),
    };
    this.db
      .prepare(
        'INSERT INTO settings (key, value_json, updated_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value_json = excluded.value_json, updated_at = excluded.updated_at',
      )
      .run(keyOf(tenantId), sorted(whole), toEpochSeconds(this.clock.nowUs()));
    return config;
  }

  private read(tenantId: string): Readonly<Record<string, unknown>> {
    const text = this.db
      .prepare('SELECT value_json FROM settings WHERE key = ?')
      .pluck()
      .get(keyOf(tenantId)) as unknown;
    const parsed = stored.safeParse(typeof text === 'string' ? parseLenient(text).value : {});
    return parsed.success ? parsed.data : {};
  }
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> => {
  const parsed = stored.safeParse(value);
  return parsed.success ? parsed.data : {};
};
const isKnown = ([key, value]: readonly [string, unknown]): boolean =>
  runeSettings.safeParse({ [key]: value }).success;
const known = (settings: unknown): RuneSettings =>
  runeSettings.parse(Object.fromEntries(Object.entries(objectOf(settings)).filter(isKnown)));
const foreign = (settings: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(objectOf(settings)).filter((entry) => !isKnown(entry)));

/** Keys sorted, as RUNE writes them. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
