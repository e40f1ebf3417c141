import type { CallPhase } from '#shared/model/model-call.ts';
import { SPAN_LAYERS } from '#shared/model/span.ts';

/** The tokens a canvas needs, resolved for the current scheme. */
export interface Palette {
  /** By index into SPAN_LAYERS. */
  readonly layers: readonly string[];
  readonly phases: { readonly [P in CallPhase['phase']]: string };
  /** Of a comparison, in order. */
  readonly series: readonly string[];
  readonly page: string;
  readonly stripe: string;
  readonly hover: string;
  readonly selected: string;
  readonly text: string;
  readonly dim: string;
  readonly faint: string;
  readonly inkOnPhase: string;
  readonly accent: string;
  readonly border: string;
  readonly grid: string;
  readonly gap: string;
  readonly brush: string;
  readonly error: string;
  readonly lost: string;
  readonly open: string;
  readonly critical: string;
  readonly font: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    layers: SPAN_LAYERS.map((layer) => token(`layer-${layer}`)),
    phases: {
      load: token('phase-load'),
      prompt_eval: token('phase-prompt-eval'),
      first_token: token('phase-first-token'),
      generation: token('phase-generation'),
      other: token('phase-other'),
    },
    series: [1, 2, 3, 4, 5, 6, 7].map((place) => token(`series-${place}`)),
    page: token('bg-page'),
    stripe: token('bg-stripe'),
    hover: token('bg-hover'),
    selected: token('bg-selected'),
    text: token('text'),
    dim: token('text-dim'),
    faint: token('text-faint'),
    inkOnPhase: token('ink-on-phase'),
    accent: token('accent'),
    border: token('border'),
    grid: token('grid'),
    gap: token('gap'),
    brush: token('brush'),
    error: token('status-error'),
    lost: token('status-lost'),
    open: token('status-open'),
    critical: token('critical-path'),
    font: `11px ${token('font-mono')}`,
  };
}
