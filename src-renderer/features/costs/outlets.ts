import type { ChartOutlets } from '#renderer/charts/chart-frame.tsx';
import { copyText } from '#renderer/widgets/copy.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import type { CostsView } from './costs-url.ts';

/** Where files and links of this view's charts go. */
export const outletsOf = (view: CostsView, onView: (view: CostsView) => void): ChartOutlets => ({
  onSave: saveFile,
  onCopyLink: () => copyText(window.location.href),
  asTable: view.table,
  onTable: (table) => onView({ ...view, table }),
});
