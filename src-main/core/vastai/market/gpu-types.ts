import type { Usd } from '#shared/model/units.ts';

/** What is true of every card of a type; figures of the makers' data sheets, names as the API spells them. */
export interface GpuType {
  /** Two sizes of one name are two types. */
  readonly key: string;
  readonly name: string;
  /** MB, as its driver reports it. */
  readonly ram: number;
  /** GB/s. */
  readonly memoryBandwidth: number;
  /** TFLOPS of single precision. */
  readonly tflops: number;
  /** The market's own score of one card. */
  readonly dlperf: number;
  /** Compute capability x 100. */
  readonly cap: number;
  readonly watts: number;
  /** GB/s between two cards, 0 without. */
  readonly nvlink: number;
  /** Per card and hour, where its price swings about. */
  readonly usdHour: Usd;
  /** How often it is offered. */
  readonly weight: number;
  /** Stands in data centres rather than under desks. */
  readonly server: boolean;
  readonly sizes: readonly number[];
}

type Row = readonly [
  name: string,
  ram: number,
  memoryBandwidth: number,
  tflops: number,
  dlperf: number,
  cap: number,
  watts: number,
  nvlink: number,
  usdHour: number,
  weight: number,
];

const DESKTOP: readonly Row[] = [
  ['RTX 3060', 12_288, 360, 12.7, 13.4, 860, 170, 0, 0.062, 22],
  ['RTX 3070', 8192, 448, 20.3, 20.1, 860, 220, 0, 0.071, 10],
  ['RTX 3080', 10_240, 760, 29.8, 30.2, 860, 320, 0, 0.098, 14],
  ['RTX 3090', 24_576, 936, 35.6, 41.7, 860, 350, 0, 0.162, 40],
  ['RTX 4060 Ti', 16_380, 288, 22.1, 21.5, 890, 165, 0, 0.088, 9],
  ['RTX 4070', 12_282, 504, 29.1, 34.4, 890, 200, 0, 0.121, 12],
  ['RTX 4070S Ti', 16_376, 672, 44.1, 51.2, 890, 285, 0, 0.171, 11],
  ['RTX 4080', 16_376, 717, 48.7, 60.3, 890, 320, 0, 0.214, 13],
  ['RTX 4090', 24_564, 1008, 82.6, 98.2, 890, 450, 0, 0.352, 58],
  ['RTX 5080', 16_303, 960, 56.3, 88.1, 1200, 360, 0, 0.274, 10],
  ['RTX 5090', 32_607, 1792, 104.8, 187.4, 1200, 575, 0, 0.548, 32],
];
const SERVER: readonly Row[] = [
  ['RTX A4000', 16_376, 448, 19.2, 22.4, 860, 140, 0, 0.104, 16],
  ['RTX A5000', 24_564, 768, 27.8, 36.2, 860, 230, 56, 0.182, 16],
  ['RTX A6000', 49_140, 768, 38.7, 46.1, 860, 300, 56, 0.392, 20],
  ['RTX 6000Ada', 49_140, 960, 91.1, 103.6, 890, 300, 0, 0.621, 12],
  ['A10', 23_028, 600, 31.2, 35.8, 860, 150, 0, 0.201, 8],
  ['A40', 46_068, 696, 37.4, 45.2, 860, 300, 56, 0.332, 10],
  ['L4', 23_034, 300, 30.3, 30.6, 890, 72, 0, 0.281, 12],
  ['L40', 46_068, 864, 90.5, 101.1, 890, 300, 0, 0.612, 7],
  ['L40S', 46_068, 864, 91.6, 119.3, 890, 350, 0, 0.722, 18],
  ['Tesla T4', 15_360, 320, 8.1, 11.2, 750, 70, 0, 0.118, 12],
  ['Tesla V100', 32_768, 900, 15.7, 31.4, 700, 300, 300, 0.192, 10],
  ['A100 PCIE', 40_960, 1555, 19.5, 118.4, 800, 250, 0, 0.561, 10],
  ['A100 PCIE', 81_920, 1935, 19.5, 131.9, 800, 300, 0, 0.792, 10],
  ['A100 SXM4', 40_960, 1555, 19.5, 139.5, 800, 400, 600, 0.642, 9],
  ['A100 SXM4', 81_920, 2039, 19.5, 158.3, 800, 400, 600, 0.942, 16],
  ['H100 PCIE', 81_559, 2039, 51.2, 290.7, 900, 350, 0, 1.721, 10],
  ['H100 NVL', 95_830, 3938, 60, 331.2, 900, 400, 600, 1.912, 8],
  ['H100 SXM', 81_559, 3352, 66.9, 428.5, 900, 700, 900, 2.092, 22],
  ['H200', 143_771, 4800, 66.9, 481.9, 900, 700, 900, 2.613, 14],
  ['B200', 183_359, 8000, 75, 893.4, 1000, 1000, 1800, 4.182, 8],
];

const typeOf =
  (server: boolean) =>
  ([name, ram, memoryBandwidth, tflops, dlperf, cap, watts, nvlink, usdHour, weight]: Row): GpuType => ({
    key: `${name} ${Math.round(ram / 1024)}`,
    name,
    ram,
    memoryBandwidth,
    tflops,
    dlperf,
    cap,
    watts,
    nvlink,
    usdHour,
    weight,
    server,
    sizes: nvlink >= 300 ? [1, 2, 4, 8, 8, 8] : server ? [1, 1, 2, 4, 8] : [1, 1, 1, 2, 2, 4, 6, 8],
  });

export const GPU_TYPES: readonly GpuType[] = [...DESKTOP.map(typeOf(false)), ...SERVER.map(typeOf(true))];

/** Frequent types for most values of `at`. */
export function gpuTypeAt(at: number): GpuType {
  let left = at * GPU_TYPES.reduce((sum, { weight }) => sum + weight, 0);
  for (const type of GPU_TYPES) {
    left -= type.weight;
    if (left < 0) return type;
  }
  throw new Error('No GPU type there.');
}
