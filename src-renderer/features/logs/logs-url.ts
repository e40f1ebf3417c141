import { PERIODS } from '#renderer/widgets/job-filter/filter-codec.ts';
import { LOG_EVENTS } from '#shared/model/log-events.ts';
import { LOG_LEVELS, type LogLevel } from '#shared/model/logs.ts';
import type { EpochSeconds } from '#shared/model/units.ts';
import type { Wanted } from './use-log-lines.ts';

/** What the view shows, as the link holds it: `?level=warn&event=job.*&q=timeout&since=24h&line=812`. */
export interface LogsView {
  /** This level and above. */
  readonly level: LogLevel;
  /** `job.failed`, or `job.*` for all that begins so; '' for every event. */
  readonly event: string;
  readonly text: string;
  /** A key of PERIODS; '' for none. Wins over from and to. */
  readonly since: string;
  readonly from: EpochSeconds | null;
  readonly to: EpochSeconds | null;
  readonly job: string | null;
  readonly tenant: string | null;
  readonly follow: boolean;
  /** The line that was picked. */
  readonly line: number | null;
}

/** Anything the link says that has no meaning is left out. */
export function parseView(query: URLSearchParams): LogsView {
  const since = query.get('since') ?? '';
  const line = Number(query.get('line') ?? Number.NaN);
  return {
    level: LOG_LEVELS.find((one) => one === query.get('level')) ?? 'debug',
    event: (query.get('event') ?? '').slice(0, 128),
    text: (query.get('q') ?? '').slice(0, 256),
    since: Object.hasOwn(PERIODS, since) ? since : '',
    from: timeOf(query.get('from')),
    to: timeOf(query.get('to')),
    job: named(query.get('job'), 128),
    tenant: named(query.get('tenant'), 64),
    follow: query.get('follow') !== 'off',
    line: Number.isSafeInteger(line) && line > 0 ? line : null,
  };
}

export const NO_FILTERS: LogsView = parseView(new URLSearchParams());

/** The shortest query that means this view. */
export function writeView(view: LogsView): URLSearchParams {
  const query = new URLSearchParams();
  const put = (name: string, value: string, unsaid: string): void => {
    if (value !== unsaid) query.set(name, value);
  };
  put('level', view.level, 'debug');
  put('event', view.event, '');
  put('q', view.text, '');
  put('since', view.since, '');
  if (view.since === '') {
    put('from', view.from === null ? '' : String(view.from), '');
    put('to', view.to === null ? '' : String(view.to), '');
  }
  put('job', view.job ?? '', '');
  put('tenant', view.tenant ?? '', '');
  put('follow', view.follow ? 'on' : 'off', 'on');
  put('line', view.line === null ? '' : String(view.line), '');
  return query;
}

/** What is asked of the engine; the picked line and following are the page's own. */
export function wantedOf(view: LogsView): Wanted {
  const seconds = PERIODS[view.since]?.seconds;
  return {
    level: view.level,
    ...(view.event === '' ? {} : { event: view.event }),
    ...(view.text.trim() === '' ? {} : { text: view.text }),
    ...(view.job === null ? {} : { job_id: view.job }),
    ...(view.tenant === null ? {} : { tenant_id: view.tenant }),
    ...(seconds === undefined ? {} : { since_s: seconds }),
    ...(seconds !== undefined || view.from === null ? {} : { from: view.from }),
    ...(seconds !== undefined || view.to === null ? {} : { to: view.to }),
  };
}

/** Some filter hides what would be there without it. */
export const isNarrowed = (view: LogsView): boolean =>
  writeView({ ...view, follow: true, line: null }).size > 0;

/** The events that there are, by the part of the engine that speaks; each part's own `.*` first. */
export const EVENT_GROUPS: readonly { readonly group: string; readonly items: readonly string[] }[] = [
  ...new Set(Object.keys(LOG_EVENTS).map(partOf)),
].map((group) => {
  const events = Object.keys(LOG_EVENTS).filter((event) => partOf(event) === group);
  return { group, items: events.length > 1 ? [`${group}.*`, ...events] : events };
});

function partOf(event: string): string {
  return event.slice(0, event.indexOf('.'));
}

const MEANINGS: Readonly<Record<string, string>> = LOG_EVENTS;
/** What an event means; '' for one this version does not know. */
export const meaningOf = (event: string): string => MEANINGS[event] ?? '';

function timeOf(text: string | null): EpochSeconds | null {
  const at = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(at) && at >= 0 ? at : null;
}

function named(text: string | null, most: number): string | null {
  return text === null || text === '' || text.length > most ? null : text;
}
