import type { Fit, FitModel, Offer } from './offers.ts';

/** RUNE's selector: the first that fits the GPUs' memory together is taken (reference: jobs §9). */
const RUNE_MODELS: readonly (readonly [model: string, vramMb: number])[] = [
  ['llama3.1:405b', 260_000],
  ['mixtral:8x22b', 95_000],
  ['command-r-plus:104b', 75_000],
  ['qwen2.5-coder:72b', 55_000],
  ['llama3.1:70b', 50_000],
  ['mixtral:8x7b', 32_000],
  ['command-r:35b', 28_000],
  ['llama3.1:8b', 8_000],
];

/** Disk beside the model: system, image, cache. In GB. */
const DISK_BESIDE_GB = 32;

/** RUNE's formula, in GB. */
export const requiredDiskGb = (vramMb: number): number => Math.ceil((vramMb / 1024) * 1.15) + DISK_BESIDE_GB;

/** What is downloaded and read into the GPUs, in GB: RUNE's disk without what lies beside the model. */
export const modelSizeGb = ({ required_disk_gb }: Pick<FitModel, 'required_disk_gb'>): number =>
  Math.max(0.5, required_disk_gb - DISK_BESIDE_GB);

interface OwnModel {
  readonly model: string;
  readonly vram_mb: number;
  readonly disk_gb: number | null;
}

/** RUNE's rows and the user's own, which replace those of the same name; the largest first. */
export function modelTable(own: readonly OwnModel[]): readonly FitModel[] {
  const replaced = new Set(own.map(({ model }) => model));
  return [
    ...own.map(({ model, vram_mb, disk_gb }) => ({
      model,
      vram_mb,
      required_disk_gb: disk_gb ?? requiredDiskGb(vram_mb),
      own: true,
    })),
    ...RUNE_MODELS.filter(([model]) => !replaced.has(model)).map(([model, vram_mb]) => ({
      model,
      vram_mb,
      required_disk_gb: requiredDiskGb(vram_mb),
      own: false,
    })),
  ].toSorted((a, b) => b.vram_mb - a.vram_mb);
}

/** Memory of a model that no row has, from the billions of parameters its name tells: 4-bit weights, a fifth more, 2 GB. */
const MB_PER_BILLION = 700;
const MB_BESIDE = 2048;
/** What the demo's three models stand for. */
const DEMO_MODELS: Readonly<Record<string, number>> = { 'demo-small': 1.2, demo: 8, 'demo-large': 70.6 };

/** The row of a model, or one made of its name; null where neither says what it needs. */
export function findModel(model: string, table: readonly FitModel[]): FitModel | null {
  const name = model.trim().replace(/^(ollama|ollama_chat)\//, '');
  const row = table.find((one) => one.model === name);
  if (row !== undefined) return row;
  const named = /(?:(\d+)x)?(\d+(?:\.\d+)?)b\b/i.exec(name);
  const billions =
    DEMO_MODELS[name.replace(/:latest$/, '')] ??
    (named === null ? null : Number(named[1] ?? 1) * Number(named[2]));
  if (billions === null || !(billions > 0) || billions > 10_000) return null;
  const vram_mb = Math.ceil(billions * MB_PER_BILLION) + MB_BESIDE;
  return { model: name, vram_mb, required_disk_gb: requiredDiskGb(vram_mb), own: false };
}

/** Whether a model runs on an offer. `diskGb` takes the place of what the model needs by the formula. */
export function fitOf(
  offer: Pick<Offer, 'gpu_total_ram' | 'disk_space'>,
  model: FitModel,
  diskGb: number | null = null,
): Fit {
  const required_disk_gb = diskGb ?? model.required_disk_gb;
  const headroom_mb = offer.gpu_total_ram - model.vram_mb;
  const because =
    headroom_mb < 0
      ? `needs ${model.vram_mb} MB of GPU memory, and there are ${offer.gpu_total_ram} MB`
      : offer.disk_space !== null && offer.disk_space < required_disk_gb
        ? `needs ${required_disk_gb} GB of disk, and there are ${Math.floor(offer.disk_space)} GB`
        : null;
  return { model: model.model, headroom_mb, required_disk_gb, fits: because === null, because };
}

/** Models of the table that fit an offer, the largest first. */
export const modelsThatFit = (
  offer: Pick<Offer, 'gpu_total_ram' | 'disk_space'>,
  table: readonly FitModel[],
): readonly FitModel[] => table.filter((model) => fitOf(offer, model).fits);
