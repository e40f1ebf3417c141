import { useMantineColorScheme } from '@mantine/core';
import { useLocation } from 'wouter';
import { navigate } from '#renderer/client/hash-location.ts';
import { compareFrom, paths, sourceOfPath } from '#renderer/client/routes.ts';
import { newJobAt } from '#renderer/client/sources.ts';
import { useActions } from '#renderer/widgets/actions/use-actions.tsx';

/** What can be done from everywhere. */
export function useFrameActions(open: {
  readonly palette: () => void;
  readonly keys: () => void;
  readonly openStore: () => void;
}): void {
  const [path] = useLocation();
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const go = (id: string, title: string, keys: readonly string[], to: string) => ({
    id,
    title,
    group: 'Go to',
    keys,
    run: () => navigate(to),
  });
  const scheme = (value: 'dark' | 'light' | 'auto', title: string) => ({
    id: `app.scheme-${value}`,
    title,
    group: 'App',
    keys: [],
    disabled: colorScheme === value,
    run: () => setColorScheme(value),
  });
  useActions(
    [
      {
        id: 'app.palette',
        title: 'Command palette',
        group: 'App',
        keys: ['mod+k'],
        inFields: true,
        keyOnly: true,
        run: open.palette,
      },
      { id: 'app.keys', title: 'Keys of this view', group: 'App', keys: ['?'], run: open.keys },
      go('go.jobs', 'Jobs', ['g j'], paths.jobs()),
      go('go.compare', 'Compare', ['g c'], compareFrom(path)),
      go('go.metrics', 'Metrics explorer', ['g m'], paths.explore()),
      go('go.costs', 'Costs: what was spent', ['g d'], paths.costs()),
      go('go.estimates', 'Costs: estimates against actuals', ['g e'], paths.costs('estimates')),
      go('go.calibration', 'Costs: calibration of estimates', [], paths.costs('calibration')),
      go('go.what-if', 'Costs: what-if', [], paths.costs('what-if')),
      go('go.prices', 'Costs: prices', ['g p'], paths.costs('prices')),
      go('go.offers', 'Offers: GPUs for rent', ['g o'], paths.offers()),
      go('go.rentals', 'Offers: rentals', ['g r'], paths.offers('rentals')),
      go('go.machines', 'Offers: machines, promised against delivered', [], paths.offers('machines')),
      go('go.archive', 'Archive', ['g a'], paths.archive()),
      go('go.archive-reports', 'Verification reports', ['g v'], paths.archiveReports()),
      go('go.archive-journal', 'Archive journal: what was opened when', [], paths.archiveJournal()),
      go('go.logs', 'Logs', ['g l'], paths.logs()),
      go('go.settings', 'Settings', ['g s'], paths.settings()),
      { ...go('go.new', 'New job…', ['n'], newJobAt(sourceOfPath(path))), group: 'Job' },
      {
        id: 'app.open-store',
        title: 'Open store or trace…',
        group: 'App',
        keys: ['mod+o'],
        run: open.openStore,
      },
      scheme('dark', 'Dark appearance'),
      scheme('light', 'Light appearance'),
      scheme('auto', 'Appearance as the system has it'),
    ],
    'frame',
  );
}
