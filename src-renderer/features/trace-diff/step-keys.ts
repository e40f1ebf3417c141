import { bindingsOf, WATERFALL_KEYS, type WaterfallCommand } from '#renderer/job-view/keys.ts';
import type { Action } from '#renderer/widgets/actions/registry.ts';

/** Commands steps have no use for. */
const NOT_HERE: ReadonlySet<WaterfallCommand> = new Set([
  'search',
  'next_match',
  'previous_match',
  'follow',
  'critical_path',
  'clear',
]);
const TITLES: { readonly [C in WaterfallCommand]?: string } = {
  select: 'Open this step in its job',
  fit_all: 'Fit everything',
  fit_span: 'Fit this step',
  next_error: 'Next largest difference',
  previous_error: 'Next larger difference',
  copy_id: 'Copy the path of the step',
};

/** The grid handles its own keys while it has the focus; here they are only listed for the key sheet. */
export const STEP_KEYS: readonly Action[] = WATERFALL_KEYS.filter(
  ({ command }) => !NOT_HERE.has(command),
).map(({ keys, command, title }) => ({
  id: `steps.${command}`,
  title: TITLES[command] ?? title,
  group: 'Steps',
  keys: bindingsOf(keys),
}));
