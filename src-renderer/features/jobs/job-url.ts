import { DEFAULT_VIEW_STATE, type WaterfallViewState } from '#renderer/job-view/view-state.ts';

export const JOB_TABS = ['span', 'answer', 'request', 'result', 'artifacts'] as const;
export type JobTab = (typeof JOB_TABS)[number];

/** What a link to a job holds: the span, the tab, the zoom and the search. */
export interface JobPlace {
  readonly span: string | null;
  readonly tab: JobTab | null;
  readonly view: WaterfallViewState;
}

/** `?span=<16 hex>&tab=answer&t=1200-3400&find=driver&path=off&follow=off`; what has no meaning is left out. */
export function parsePlace(query: URLSearchParams): JobPlace {
  const span = query.get('span') ?? '';
  const tab = query.get('tab');
  const range = /^(\d{1,15})-(\d{1,15})$/.exec(query.get('t') ?? '');
  const startUs = Number(range?.[1]);
  const endUs = Number(range?.[2]);
  return {
    span: /^[0-9a-f]{16}$/.test(span) ? span : null,
    tab: JOB_TABS.find((one) => one === tab) ?? null,
    view: {
      ...DEFAULT_VIEW_STATE,
      range: range !== null && endUs > startUs ? { startUs, endUs } : null,
      query: (query.get('find') ?? '').slice(0, 256),
      follow: query.get('follow') !== 'off',
      criticalPath: query.get('path') !== 'off',
    },
  };
}

/** The width of the tree is a preference, not a place: it stays out of the link. */
export function writePlace(place: JobPlace): URLSearchParams {
  const query = new URLSearchParams();
  if (place.span !== null) query.set('span', place.span);
  if (place.tab !== null) query.set('tab', place.tab);
  const { range, query: find, criticalPath, follow } = place.view;
  if (range !== null) query.set('t', `${Math.max(0, Math.round(range.startUs))}-${Math.round(range.endUs)}`);
  if (find !== '') query.set('find', find);
  if (!criticalPath) query.set('path', 'off');
  if (!follow && range === null) query.set('follow', 'off');
  return query;
}
