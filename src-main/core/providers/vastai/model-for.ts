import type { Settings } from '#shared/contract/settings.ts';
import { findModel, fitOf, modelsThatFit, modelTable } from '#shared/model/model-fit.ts';
import type { FitModel, Offer } from '#shared/model/offers.ts';

/** Of a model whose size nobody knows: system, image, cache, and what most models take. */
const UNKNOWN_DISK_GB = 64;

/** Which model a machine would run, and with how much disk. */
export interface ModelFor {
  readonly model: string;
  readonly disk_gb: number;
}

type Machine = Pick<Offer, 'gpu_total_ram' | 'disk_space'>;

/** Models against machines: the one that is asked for, or the largest that fits. */
export interface ModelChoice {
  /** Null: none fits. */
  on(machine: Machine): ModelFor | null;
  /** Why none does, in words. */
  because(machine: Machine): string;
  /** The least that a machine must have, as far as it is known. */
  readonly least: { readonly vram_mb: number | null; readonly disk_gb: number };
}

export function modelChoice(
  model: string,
  diskGb: number | undefined,
  { offers }: Pick<Settings, 'offers'>,
): ModelChoice {
  const table = modelTable(offers.models);
  const given = diskGb ?? null;
  const needed = (row: FitModel | null): number => given ?? row?.required_disk_gb ?? UNKNOWN_DISK_GB;
  if (model === '') {
    const fits = (machine: Machine): FitModel | undefined =>
      given === null
        ? modelsThatFit(machine, table)[0]
        : table.find((row) => fitOf(machine, row, given).fits);
    return {
      on: (machine) => {
        const row = fits(machine);
        return row === undefined ? null : { model: row.model, disk_gb: needed(row) };
      },
      because: ({ gpu_total_ram, disk_space }) =>
        `no model of the table fits ${gpu_total_ram} MB of GPU memory and ${disk_space ?? 'unknown'} GB of disk`,
      least: {
        vram_mb: Math.min(...table.map(({ vram_mb }) => vram_mb)),
        disk_gb: given ?? Math.min(...table.map(({ required_disk_gb }) => required_disk_gb)),
      },
    };
  }
  const row = findModel(model, table);
  const disk_gb = needed(row);
  const judged = (machine: Machine) =>
    row === null
      ? {
          fits: machine.disk_space === null || machine.disk_space >= disk_gb,
          because: 'its disk is too small',
        }
      : fitOf(machine, row, given);
  return {
    on: (machine) => (judged(machine).fits ? { model, disk_gb } : null),
    because: (machine) => `${model}: ${judged(machine).because ?? 'fits'}`,
    least: { vram_mb: row?.vram_mb ?? null, disk_gb },
  };
}
