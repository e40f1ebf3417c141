import type { Settings } from '#shared/contract/settings.ts';
import type { HttpStatus } from '#shared/model/http.ts';

type Part = keyof HttpStatus;
type Reports = { readonly [P in Part]: () => HttpStatus[P] };

/** Where what listens says how it is, and is told when the settings change. */
export interface HttpBoard {
  settings(): Settings['http'];
  /** Called after each change of the settings. */
  onSettings(listener: () => void): void;
  /** Called when a secret was set or removed. */
  onSecret(listener: (name: string) => void): void;
  secretChanged(name: string): void;
  /** From now on `of` is asked how this part is. */
  report<P extends Part>(part: P, of: () => HttpStatus[P]): void;
  status(): HttpStatus;
}

export function createHttpBoard(settings: {
  get(): Settings;
  onChange(listener: () => void): void;
}): HttpBoard {
  const http = (): Settings['http'] => settings.get().http;
  const off = (enabled: boolean) => ({ enabled, url: null, trouble: null });
  let reports: Reports = {
    api: () => ({ ...off(http().api.enabled), tenants: [], auth: true }),
    metrics: () => off(http().metrics.enabled),
    otlp_in: () => ({
      ...off(http().otlp_in.enabled),
      received_spans: 0,
      rejected_spans: 0,
      deferred_requests: 0,
    }),
    otlp_out: () => ({
      enabled: http().otlp_out.enabled,
      endpoint: http().otlp_out.endpoint,
      sent_jobs: 0,
      waiting_jobs: 0,
      last_sent_at: null,
      trouble: null,
    }),
  };
  const secretListeners: ((name: string) => void)[] = [];
  return {
    settings: http,
    onSettings: (listener) => settings.onChange(listener),
    onSecret: (listener) => void secretListeners.push(listener),
    secretChanged: (name) => {
      for (const listener of secretListeners) listener(name);
    },
    report: (part, of) => {
      reports = { ...reports, [part]: of };
    },
    status: () => ({
      api: reports.api(),
      metrics: reports.metrics(),
      otlp_in: reports.otlp_in(),
      otlp_out: reports.otlp_out(),
    }),
  };
}
