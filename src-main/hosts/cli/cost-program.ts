import type { Command } from 'commander';
import { dataDirFor } from '#hosts/shared/paths.ts';
import { COST_PROVIDERS, type CostProvider } from '#shared/model/estimate.ts';
import { CodedError } from '#shared/model/failure.ts';
import {
  estimateCost,
  SPEND_KEYS,
  type SpendKey,
  showCalibration,
  showSpend,
  simulateCost,
} from './commands/costs.ts';
import { amount, list, moment, once, seconds, whole } from './flags.ts';
import type { Prepared } from './prepared.ts';

interface CostFlags {
  readonly data?: string;
  readonly store?: string;
}
interface EstimateFlags extends CostFlags {
  readonly provider?: CostProvider;
  readonly vastai?: true;
  readonly aws?: true;
  readonly gcp?: true;
  readonly azure?: true;
  readonly localHardware?: true;
  readonly model?: string;
  readonly minDph?: number;
  readonly maxDph?: number;
  readonly localTdpWatts?: number;
  readonly localEnergyRateKwh?: number;
  readonly localHardwarePurchasePrice?: number;
  readonly localHardwareLifespanYears?: number;
  readonly estimatedDurationSeconds?: number;
}
interface NarrowFlags extends CostFlags {
  readonly from?: number;
  readonly to?: number;
  readonly tenant?: string[];
}

/** RUNE's five; what is billed by the token elsewhere is estimated with its job. */
const PROVIDERS = COST_PROVIDERS.filter((provider) => provider !== 'api');

/** Costs are of a data directory: another store has no estimates. */
function dataDirOf({ data, store }: CostFlags): string {
  if (store === undefined) return dataDirFor(data);
  throw new CodedError('request.invalid', 'Costs belong to a data directory (--data), not to a store.');
}

/** `estimate`, and `costs` with what it holds. */
export function addCosts(program: Command, prepare: (command: Prepared) => void): void {
  addEstimate(program, prepare);
  const costs = program
    .command('costs')
    .description('how good estimates were, what was spent, what runs would cost');
  addCalibration(costs, prepare);
  addSimulate(costs, prepare);
  addSpend(costs, prepare);
}

function addEstimate(program: Command, prepare: (command: Prepared) => void): void {
  program
    .command('estimate')
    .description('what a job would cost, how sure that is, and why')
    .option('--provider <name>', PROVIDERS.join(', '), once(PROVIDERS))
    .option('--vastai', 'as --provider vastai')
    .option('--aws', 'as --provider aws')
    .option('--gcp', 'as --provider gcp')
    .option('--azure', 'as --provider azure')
    .option('--local-hardware', 'as --provider local')
    .option('--model <name>', 'a model, an instance type or a GPU')
    .option('--min-dph <usd>', 'vastai: least price per hour', amount('USD per hour'))
    .option('--max-dph <usd>', 'vastai: most', amount('USD per hour'))
    .option('--local-tdp-watts <watts>', 'local: power draw', amount('watts'))
    .option('--local-energy-rate-kwh <usd>', 'local: price of energy', amount('USD per kWh'))
    .option('--local-hardware-purchase-price <usd>', 'local: what the machine cost', amount('USD'))
    .option('--local-hardware-lifespan-years <years>', 'local: how long it will serve', amount('years'))
    .option('--estimated-duration-seconds <seconds>', 'how long it runs (default: 3600)', seconds)
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<EstimateFlags>();
      prepare((output) => estimateCost(dataDirOf(flags), requestOf(flags), output));
    });
}

/** Flags by the names that RUNE's request has for them; what is not given is not in it. */
function requestOf(flags: EstimateFlags): Readonly<Record<string, unknown>> {
  const { provider } = flags;
  const fields = {
    vastai: flags.vastai ?? (provider === 'vastai' || undefined),
    aws: flags.aws ?? (provider === 'aws' || undefined),
    gcp: flags.gcp ?? (provider === 'gcp' || undefined),
    azure: flags.azure ?? (provider === 'azure' || undefined),
    local_hardware: flags.localHardware ?? (provider === 'local' || undefined),
    model: flags.model,
    min_dph: flags.minDph,
    max_dph: flags.maxDph,
    local_tdp_watts: flags.localTdpWatts,
    local_energy_rate_kwh: flags.localEnergyRateKwh,
    local_hardware_purchase_price: flags.localHardwarePurchasePrice,
    local_hardware_lifespan_years: flags.localHardwareLifespanYears,
    estimated_duration_seconds: flags.estimatedDurationSeconds,
  };
  const { vastai, aws, gcp, azure, local_hardware } = fields;
  if (!(vastai || aws || gcp || azure || local_hardware))
    throw new CodedError(
      'cost.no_provider',
      `No cost provider is chosen: give --provider ${PROVIDERS.join(', ')}.`,
    );
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function addCalibration(costs: Command, prepare: (command: Prepared) => void): void {
  costs
    .command('calibration')
    .description('do intervals and confidences hold what they claim?')
    .option('--from <day>', 'estimates from this day on', moment)
    .option('--to <day>', 'estimates before this day', moment)
    .option('--provider <name>', `only these: ${COST_PROVIDERS.join(', ')}`, list)
    .option('--backend-type <type>', 'only these', list)
    .option('--tenant <id>', 'only these', list)
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<NarrowFlags & { provider?: string[]; backendType?: string[] }>();
      prepare((output) => {
        const provider = flags.provider?.map((name) => once(COST_PROVIDERS)(name, undefined));
        const { from, to, backendType: backend_type, tenant: tenant_id } = flags;
        return showCalibration(dataDirOf(flags), { from, to, provider, backend_type, tenant_id }, output);
      });
    });
}

function addSimulate(costs: Command, prepare: (command: Prepared) => void): void {
  costs
    .command('simulate')
    .description("what runs of an agent would cost: RUNE's what-if, corrected")
    .option('--agent <name>', 'runs of this agent', '')
    .option('--suite <hash>', 'runs of the benchmark with this template_hash', '')
    .option('--model <name>', 'runs with this model', '')
    .option('--gpu <name>', 'what they would run on, for example rtx4090', '')
    .option('--runs-per-period <n>', 'runs a day', whole(1), 1)
    .option('--period-days <n>', 'for so many days', whole(1), 30)
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<
        CostFlags & {
          agent: string;
          suite: string;
          model: string;
          gpu: string;
          runsPerPeriod: number;
          periodDays: number;
        }
      >();
      const { agent, suite, model, gpu, runsPerPeriod: runs_per_period, periodDays: period_days } = flags;
      const query = { agent, suite, model, gpu, runs_per_period, period_days };
      prepare((output) => simulateCost(dataDirOf(flags), query, output));
    });
}

function addSpend(costs: Command, prepare: (command: Prepared) => void): void {
  costs
    .command('spend')
    .description('what jobs cost, by day and by how that is known')
    .option('--by <key>', `${SPEND_KEYS.join(', ')} (default: backend_type)`, once(SPEND_KEYS))
    .option('--from <day>', 'from this day on', moment)
    .option('--to <day>', 'before this day', moment)
    .option('--tenant <id>', 'only these', list)
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<NarrowFlags & { by?: SpendKey }>();
      const { by = 'backend_type', from, to, tenant: tenant_id } = flags;
      prepare((output) => showSpend(dataDirOf(flags), { by, from, to, tenant_id }, output));
    });
}
