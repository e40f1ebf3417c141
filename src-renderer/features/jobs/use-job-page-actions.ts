import { navigate } from '#renderer/client/hash-location.ts';
import { bindingsOf, WATERFALL_KEYS } from '#renderer/job-view/keys.ts';
import type { Action } from '#renderer/widgets/actions/registry.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';
import type { JobDetail } from '#shared/contract/types.ts';
import type { JobTab } from './job-url.ts';
import { isCancellable, isRepeatable, type JobActions } from './use-job-actions.tsx';

/** The waterfall handles its own keys while it has the focus; here they are only listed for the key sheet. */
const LISTED: readonly Action[] = WATERFALL_KEYS.map(({ keys, command, title }) => ({
  id: `waterfall.${command}`,
  title,
  group: 'Waterfall',
  keys: bindingsOf(keys),
}));

/** Everything the Job page does, by key and from the palette. */
export function useJobPageActions(page: {
  readonly source: string;
  readonly job: JobDetail | undefined;
  readonly jobs: JobActions;
  readonly back: { readonly title: string; readonly path: string };
  readonly tab: (tab: JobTab) => void;
  readonly compareWith: () => void;
  readonly toggleInspector: () => void;
  readonly toggleLogs: () => void;
  readonly copy: (text: string, what: string) => void;
}): void {
  const { source, job, jobs } = page;
  const disabled = job === undefined;
  const tab = (wanted: JobTab, title: string, key: string): Action => ({
    id: `job.tab-${wanted}`,
    title,
    group: 'Job',
    keys: [key],
    run: () => page.tab(wanted),
  });
  useActions([
    {
      id: 'job.cancel',
      title: 'Cancel job…',
      group: 'Job',
      keys: ['shift+x'],
      disabled: job === undefined || !isCancellable(source, job),
      run: () => {
        if (job !== undefined) jobs.askCancel(source, [job]);
      },
    },
    {
      id: 'job.rerun',
      title: 'Re-run job',
      group: 'Job',
      keys: ['shift+r'],
      disabled: job === undefined || !isRepeatable(job),
      run: () => {
        if (job !== undefined) jobs.rerun(source, job);
      },
    },
    {
      id: 'job.edit',
      title: 'Edit and re-run job…',
      group: 'Job',
      keys: ['shift+d'],
      disabled: job === undefined || !isRepeatable(job),
      run: () => {
        if (job !== undefined) jobs.editAndRerun(source, job);
      },
    },
    {
      id: 'job.compare-with',
      title: 'Compare trace with…',
      group: 'Job',
      keys: ['t'],
      disabled,
      run: page.compareWith,
    },
    {
      id: 'job.copy-id',
      title: 'Copy job id',
      group: 'Job',
      keys: ['shift+c', 'c'],
      disabled,
      run: () => {
        if (job !== undefined) page.copy(job.job_id, 'the job id');
      },
    },
    {
      id: 'job.copy-link',
      title: 'Copy link to what is shown',
      group: 'Job',
      keys: ['shift+l'],
      run: () => page.copy(window.location.href, 'the link'),
    },
    {
      id: 'job.inspector',
      title: 'Inspector on or off',
      group: 'Job',
      keys: ['i'],
      run: page.toggleInspector,
    },
    {
      id: 'job.logs',
      title: 'Logs of the job on or off',
      group: 'Job',
      keys: ['6'],
      run: page.toggleLogs,
    },
    tab('span', 'Span', '1'),
    tab('answer', 'Answer', '2'),
    tab('request', 'Request', '3'),
    tab('result', 'Result JSON', '4'),
    tab('artifacts', 'Artifacts', '5'),
    {
      id: 'job.back',
      title: page.back.title,
      group: 'Job',
      keys: ['u'],
      run: () => navigate(page.back.path),
    },
    ...LISTED,
  ]);
}
