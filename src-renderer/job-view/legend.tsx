import type { ReactNode } from 'react';
import { SPAN_LAYERS } from '#shared/model/span.ts';

/** What hues and shapes mean, beside the minimap. Hidden from screen readers, whose rows say it in words. */
export const WaterfallLegend = (): ReactNode => (
  <div className="wf-legend" aria-hidden="true">
    <div className="wf-legend-line">
      {SPAN_LAYERS.map((layer) => (
        <span key={layer} className={`wf-swatch wf-layer-${layer}`}>
          {layer}
        </span>
      ))}
    </div>
    <div className="wf-legend-line">
      <span className="wf-sign wf-sign-path">critical path</span>
      <span className="wf-sign wf-sign-inferred">inferred</span>
      <span className="wf-sign wf-sign-lost">lost</span>
      <span className="wf-sign wf-sign-error">error</span>
      <span className="wf-sign wf-sign-gap">gap</span>
    </div>
    <div className="wf-legend-line wf-faint">full hue: own time · pale: its children ran · ~ inferred</div>
  </div>
);
