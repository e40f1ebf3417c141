import { quantile } from '#shared/lib/statistics/quantile.ts';
import { sampleOf } from '#shared/lib/statistics/sample.ts';
import type { Offer } from '#shared/model/offers.ts';

/** What a market's other offers say of a figure that one of them leaves out. */
export interface MarketFigures {
  /** Median of the GPU type, in GB/s. */
  memoryBandwidth(gpuName: string): number | null;
  /** Worse than that of three offers in four: Mbit/s, and USD per GB. */
  readonly inet_down: number | null;
  readonly inet_down_cost: number | null;
}

export const NO_FIGURES: MarketFigures = {
  memoryBandwidth: () => null,
  inet_down: null,
  inet_down_cost: null,
};

export function marketFigures(offers: readonly Offer[]): MarketFigures {
  const byGpu = new Map<string, number[]>();
  for (const { gpu_name, gpu_mem_bw } of offers) {
    // 0: not measured.
    if (gpu_mem_bw === null || gpu_mem_bw <= 0) continue;
    const known = byGpu.get(gpu_name);
    if (known === undefined) byGpu.set(gpu_name, [gpu_mem_bw]);
    else known.push(gpu_mem_bw);
  }
  const medians = new Map([...byGpu].map(([name, values]) => [name, at(values, 0.5)]));
  return {
    memoryBandwidth: (gpuName) => medians.get(gpuName) ?? null,
    inet_down: at(
      offers.map(({ inet_down }) => inet_down || null),
      0.25,
    ),
    inet_down_cost: at(
      offers.map(({ inet_down_cost }) => inet_down_cost),
      0.75,
    ),
  };
}

function at(values: readonly (number | null)[], p: number): number | null {
  const sample = sampleOf(values.filter((value) => value !== null)).value;
  return sample === null ? null : quantile(sample, p).value;
}
