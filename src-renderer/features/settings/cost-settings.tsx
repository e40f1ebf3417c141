import { Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { amountText, parseAmount, parseRegion } from '#renderer/widgets/amount.ts';
import type { Settings } from '#shared/contract/contract.ts';
import { formatUsd } from '#shared/lib/format.ts';
import { SavedNumber, SavedText } from './saved-fields.tsx';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

interface Part {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}

/** When a job that costs money has to ask, how much may be spent, and what own hardware costs. */
export function CostSettings({ access, settings }: Part): ReactNode {
  const { spend, local_cost } = settings;
  const save = (part: Partial<Settings['spend']>): void =>
    access.change({ ...settings, spend: { ...spend, ...part } });
  const saveLocal = (part: Partial<Settings['local_cost']>): void =>
    access.change({ ...settings, local_cost: { ...local_cost, ...part } });
  const amount = { show: amountText, parse: parseAmount, unit: '$' } as const;
  return (
    <>
      <p className="dim">
        Jobs on paid backends are estimated before they run; without an estimate they do not run at all. One
        that may cost more than the first amount asks you first.
      </p>
      <div className={`${styles.fields} ${styles.level}`}>
        <SavedText
          label="Ask above"
          description={
            spend.threshold_usd === 0
              ? 'Asks before every paid job.'
              : 'Empty: RUNE_SPEND_WARNING_THRESHOLD, or 5.'
          }
          placeholder="As the environment has it"
          value={spend.threshold_usd}
          onSave={(threshold_usd) => save({ threshold_usd })}
          {...amount}
        />
        <SavedText
          label="Budget for a day"
          description={budgetMeans(
            spend.day_budget_usd,
            'Refuses what could pass it, ends what reaches it. From midnight to midnight.',
          )}
          placeholder="No budget"
          value={spend.day_budget_usd}
          onSave={(day_budget_usd) => save({ day_budget_usd })}
          {...amount}
        />
        <SavedText
          label="Budget for a job"
          description={budgetMeans(
            spend.job_budget_usd,
            'Refuses a job that could cost more, ends one that has.',
          )}
          placeholder="No budget"
          value={spend.job_budget_usd}
          onSave={(job_budget_usd) => save({ job_budget_usd })}
          {...amount}
        />
      </div>
      <SpentToday />
      <h3>Own hardware</h3>
      <p className="dim">
        What it costs in energy is estimated too. It passes without asking and is in no budget.
      </p>
      <div className={styles.fields}>
        <SavedNumber
          label="Power under load"
          description="Of the computer that runs the model."
          value={local_cost.tdp_watts}
          min={1}
          max={20_000}
          suffix=" W"
          decimals
          onSave={(tdp_watts) => saveLocal({ tdp_watts })}
        />
        <SavedNumber
          label="Price of energy"
          description="In dollars per kilowatt hour."
          value={local_cost.energy_rate_kwh}
          min={0}
          max={10}
          step={0.01}
          suffix=" $/kWh"
          decimals
          onSave={(energy_rate_kwh) => saveLocal({ energy_rate_kwh })}
        />
      </div>
    </>
  );
}

function budgetMeans(usd: number | null, otherwise: string): string {
  if (usd === null) return 'Empty: no budget. 0: nothing paid may run.';
  return usd === 0 ? 'Nothing paid may run.' : otherwise;
}

/** Against what a budget for the day would be held right now; nothing while that cannot be said. */
function SpentToday(): ReactNode {
  const { orpc } = useApi();
  const budget = useQuery(orpc.costs.budget.queryOptions());
  if (budget.data === undefined) return null;
  const { spent_today_usd, committed_usd } = budget.data;
  return (
    <p className="dim">
      Spent today: <span className="figure">{formatUsd(spent_today_usd)}</span>
      {committed_usd > 0 && (
        <>
          , and up to <span className="figure">{formatUsd(committed_usd)}</span> more by running and queued
          jobs
        </>
      )}
      . <a href={`#${paths.costs('spend')}`}>Look at the spending</a>
    </p>
  );
}

/** Where prices come from. */
export function PriceSettings({ access, settings }: Part): ReactNode {
  const { prices } = settings;
  const save = (part: Partial<Settings['prices']>): void =>
    access.change({ ...settings, prices: { ...prices, ...part } });
  const own = prices.overrides.length;
  return (
    <>
      <Switch
        label="Ask the price lists of the providers"
        description="Off: your own prices, what was read before, and the price book that came with this version."
        checked={prices.live}
        onChange={(event) => save({ live: event.currentTarget.checked })}
      />
      <div className={styles.fields}>
        <SavedText
          label="Region"
          description="Prices differ by region. Empty: the one that a job or the environment names."
          placeholder="us-east-1"
          value={prices.region}
          show={(region) => region ?? ''}
          parse={parseRegion}
          onSave={(region) => save({ region })}
        />
      </div>
      <p className="dim">
        {own === 0 ? 'No price is your own.' : `${own} ${own === 1 ? 'price is' : 'prices are'} your own.`}{' '}
        <a href={`#${paths.costs('prices')}`}>All prices, and your own</a>
      </p>
    </>
  );
}
