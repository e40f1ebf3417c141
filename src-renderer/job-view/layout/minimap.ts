import { layerOf, SPAN_LAYERS } from '#shared/model/span.ts';
import { SPAN_ERROR, SPAN_EXTERNAL, type TraceColumns } from '#shared/model/trace-columns.ts';
import type { Microseconds } from '#shared/model/units.ts';
import { endOf, type TimeRange, type TraceTree } from './tree.ts';

export const MINIMAP_BANDS = 8;

/**
 * The whole trace in a few bands, one a depth (deeper ones share the last): how many spans run in each pixel column,
 * which layer most of them belong to, and where failures lie.
 */
export interface Minimap {
  readonly width: number;
  readonly bands: number;
  /** bands x width. */
  readonly count: Int32Array;
  /** bands x width: index into SPAN_LAYERS of the layer with most spans there. */
  readonly layer: Uint8Array;
  /** Failed spans by the column they end in. */
  readonly errors: Int32Array;
  readonly maxCount: number;
}

/** Layer index of every entry of `names`. */
export const layersOf = (names: readonly string[]): Uint8Array =>
  Uint8Array.from(names, (name) => SPAN_LAYERS.indexOf(layerOf(name)));

const EXTERNAL = SPAN_LAYERS.indexOf('external');

/** Layer index of span i: what came from outside is external, whatever its name. */
export const layerAt = (trace: TraceColumns, layerOfName: Uint8Array, i: number): number =>
  ((trace.flags[i] as number) & SPAN_EXTERNAL) === 0
    ? (layerOfName[trace.name[i] as number] as number)
    : EXTERNAL;

export function buildMinimap(
  trace: TraceColumns,
  tree: TraceTree,
  extent: TimeRange,
  width: number,
  nowUs: Microseconds,
): Minimap {
  const layers = SPAN_LAYERS.length;
  const stride = width + 1;
  let deepest = 0;
  for (let i = 0; i < trace.count; i++)
    if ((tree.depth[i] as number) > deepest) deepest = tree.depth[i] as number;
  const bands = Math.min(MINIMAP_BANDS, deepest + 1);
  const changes = new Int32Array(bands * layers * stride);
  const errors = new Int32Array(width);
  const layerOfName = layersOf(trace.names);
  const scale = width / (extent.endUs - extent.startUs);
  for (let i = 0; i < trace.count; i++) {
    const start = trace.startUs[i] as number;
    const end = endOf(trace, i, nowUs);
    const first = Math.min(width - 1, Math.max(0, Math.floor((start - extent.startUs) * scale)));
    const last = Math.min(width - 1, Math.max(first, Math.ceil((end - extent.startUs) * scale) - 1));
    const band = Math.min(bands - 1, tree.depth[i] as number);
    const at = (band * layers + layerAt(trace, layerOfName, i)) * stride;
    changes[at + first] = (changes[at + first] as number) + 1;
    changes[at + last + 1] = (changes[at + last + 1] as number) - 1;
    if (((trace.flags[i] as number) & SPAN_ERROR) !== 0) errors[last] = (errors[last] as number) + 1;
  }
  const count = new Int32Array(bands * width);
  const layer = new Uint8Array(bands * width);
  let maxCount = 0;
  for (let band = 0; band < bands; band++) {
    const most = new Int32Array(width);
    for (let l = 0; l < layers; l++) {
      let running = 0;
      for (let x = 0; x < width; x++) {
        running += changes[(band * layers + l) * stride + x] as number;
        if (running === 0) continue;
        const at = band * width + x;
        count[at] = (count[at] as number) + running;
        if ((count[at] as number) > maxCount) maxCount = count[at] as number;
        if (running > (most[x] as number)) {
          most[x] = running;
          layer[at] = l;
        }
      }
    }
  }
  return { width, bands, count, layer, errors, maxCount };
}
