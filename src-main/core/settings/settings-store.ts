import type { Clock, Logger } from '#core/ports/ports.ts';
import type { Db } from '#core/store/database.ts';
import { type Settings, settingsSchema } from '#shared/contract/settings.ts';
import { toEpochSeconds } from '#shared/model/units.ts';

const KEY = 'settings';

/** The settings document in rs_setting. What cannot be read is replaced by defaults, reported and left in place. */
export class SettingsStore {
  private current: Settings;
  private readonly db: Db;
  private readonly clock: Clock;
  private readonly listeners = new Set<(settings: Settings) => void>();

  constructor(db: Db, clock: Clock, logger: Logger) {
    this.db = db;
    this.clock = clock;
    const stored = db.prepare('SELECT value_json FROM rs_setting WHERE key = ?').pluck().get(KEY) as
      | string
      | undefined;
    const parsed = settingsSchema.safeParse(stored === undefined ? {} : parseJson(stored));
    if (!parsed.success) {
      logger.log({
        level: 'warn',
        event: 'settings.invalid',
        message: `The stored settings cannot be used and defaults apply until they are saved again: ${parsed.error.issues[0]?.message ?? ''}`,
      });
    }
    this.current = parsed.success ? parsed.data : settingsSchema.parse({});
  }

  get(): Settings {
    return this.current;
  }

  set(settings: Settings): Settings {
    this.db
      .prepare(
        'INSERT INTO rs_setting (key, value_json, updated_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value_json = excluded.value_json, updated_at = excluded.updated_at',
      )
      .run(KEY, JSON.stringify(settings), toEpochSeconds(this.clock.nowUs()));
    this.current = settings;
    for (const listener of this.listeners) listener(settings);
    return settings;
  }

  onChange(listener: (settings: Settings) => void): void {
    this.listeners.add(listener);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
