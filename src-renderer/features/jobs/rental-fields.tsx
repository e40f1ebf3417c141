import { SegmentedControl, Switch, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { MARKET_TITLES } from '#renderer/widgets/rental-words.ts';
import { formatUsd } from '#shared/lib/format.ts';
import { MARKETS } from '#shared/model/offers.ts';
import type { Usd } from '#shared/model/units.ts';
import styles from './new-job.module.css';
import { type NewJobForm, problemOf } from './new-job-form.ts';
import { OfferCard } from './offer-card.tsx';
import rentalStyles from './rental.module.css';
import { EMPTY_RENTAL, type RentalForm } from './rental-form.ts';
import { marketOf, type OfferQuote } from './use-offer-quote.ts';

interface Part {
  readonly form: NewJobForm;
  /** The engine's refusal, as it stands; '' for none. */
  readonly refusal: string;
  readonly onChange: (part: Partial<NewJobForm>) => void;
}

/** What a machine of a market runs: Ollama, or in the demo market the demo's models. */
const onMarket = (
  market: (typeof MARKETS)[number],
): Pick<NewJobForm, 'backendType' | 'backendUrl' | 'model'> =>
  market === 'demo'
    ? { backendType: 'demo', backendUrl: '', model: 'demo' }
    : { backendType: 'ollama', backendUrl: '', model: '' };

/** Whether the job runs where a server is already, or on a machine that is rented for it. */
export function WhereField({ form, onChange }: Pick<Part, 'form' | 'onChange'>): ReactNode {
  const { orpc } = useApi();
  const market = useQuery(orpc.offers.market.queryOptions({ staleTime: 10_000 })).data;
  return (
    <div className={styles.group}>
      <span className={styles.label}>Machine</span>
      <SegmentedControl
        aria-label="Where it runs"
        value={form.rental === null ? 'there' : 'rented'}
        data={[
          { value: 'there', label: 'A server that is there' },
          { value: 'rented', label: 'Rented for this job' },
        ]}
        onChange={(value) =>
          onChange(
            value === 'there'
              ? { rental: null }
              : { rental: EMPTY_RENTAL, ...onMarket(market?.market ?? 'demo') },
          )
        }
      />
    </div>
  );
}

/** The machine that is rented: one offer, or limits that any offer within them meets. */
export function RentalFields(
  props: Part & { readonly rental: RentalForm; readonly quote: OfferQuote },
): ReactNode {
  const { form, rental, quote, onChange } = props;
  const set = (part: Partial<RentalForm>): void => onChange({ rental: { ...rental, ...part } });
  return (
    <div className={rentalStyles.part}>
      {rental.offerId === null ? (
        <Limits {...props} set={set} />
      ) : (
        <OfferCard
          offerId={rental.offerId}
          quote={quote}
          onLeave={() =>
            set({
              offerId: null,
              maxDph: '',
              gpuNames: quote.offer === undefined ? [] : [quote.offer.gpu_name],
            })
          }
        />
      )}
      <Afterwards form={form} rental={rental} usdHour={quote.offer?.dph_total ?? null} set={set} />
    </div>
  );
}

function Limits(
  props: Part & { readonly rental: RentalForm; readonly set: (part: Partial<RentalForm>) => void },
): ReactNode {
  const { form, rental, refusal, set } = props;
  const { orpc } = useApi();
  const at = marketOf(form);
  const market = useQuery(orpc.offers.market.queryOptions({ staleTime: 10_000 })).data;
  const known = useQuery(orpc.offers.latest.queryOptions({ input: { market: at }, staleTime: 60_000 })).data;
  const gpus = [...new Set((known?.offers ?? []).map(({ gpu_name }) => gpu_name))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const field = (name: 'minDph' | 'maxDph' | 'reliability', wire: string) => ({
    value: rental[name],
    error: problemOf(wire, refusal) ?? undefined,
    inputMode: 'decimal' as const,
    autoComplete: 'off',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      set({ [name]: event.currentTarget.value }),
  });
  return (
    <>
      <div className={styles.group}>
        <span className={styles.label}>Market</span>
        <SegmentedControl
          aria-label="Market"
          value={at}
          data={MARKETS.map((value) => ({ value, label: MARKET_TITLES[value] }))}
          onChange={(value) => props.onChange(onMarket(value === 'vastai' ? 'vastai' : 'demo'))}
        />
        <p className="dim">
          {at === 'demo' ? (
            'Sells nothing: its machines are made up and run in this app. To try everything without paying.'
          ) : market?.has_key === false ? (
            <span className={styles.warning}>
              No key is known: <a href={`#${paths.settings('offers')}`}>give VAST_API_KEY</a>, or take the
              demo market.
            </span>
          ) : (
            'Rented and paid by the hour. While it runs, its model server answers anybody who finds its address, without a password.'
          )}
        </p>
      </div>
      <div className={styles.triple}>
        <TextInput
          label="At most, $ per hour"
          description="Empty: no limit."
          {...field('maxDph', 'max_dph')}
        />
        <TextInput
          label="At least, $ per hour"
          description="Leaves the cheapest out."
          {...field('minDph', 'min_dph')}
        />
        <TextInput
          label="Reliability, %"
          description="At least. Empty: any."
          placeholder="98"
          {...field('reliability', 'reliability')}
        />
      </div>
      <TagsInput
        label="GPUs"
        description={
          <>
            Only these, as the market spells them. None: any that the model fits.{' '}
            <a href={`#${paths.offers()}`}>Choose with your eyes in Offers</a>
          </>
        }
        placeholder={rental.gpuNames.length === 0 ? 'RTX 4090' : ''}
        data={gpus}
        maxTags={64}
        value={[...rental.gpuNames]}
        error={problemOf('gpu_name', refusal) ?? undefined}
        onChange={(gpuNames) => set({ gpuNames })}
      />
    </>
  );
}

/** What becomes of it when the job is over, and what that costs. */
function Afterwards(props: {
  readonly form: NewJobForm;
  readonly rental: RentalForm;
  readonly usdHour: Usd | null;
  readonly set: (part: Partial<RentalForm>) => void;
}): ReactNode {
  const { form, rental, usdHour } = props;
  const { orpc } = useApi();
  const settings = useQuery(orpc.settings.get.queryOptions());
  const hours = settings.data?.offers?.keep_hours ?? null;
  const stays =
    hours === null
      ? 'It stays for a while, and is then destroyed.'
      : `It stays for ${hours} h after the job${usdHour === null ? ', paid by the hour' : `: ${formatUsd(usdHour)} each hour, ${formatUsd(usdHour * hours)} in all`}. Then it is destroyed; a job that wants one like it takes it over before.`;
  if (form.kind === 'llm-instance')
    return (
      <p className="dim">
        {stays} It can be destroyed earlier in <a href={`#${paths.offers('rentals')}`}>Rentals</a>.
      </p>
    );
  return (
    <Switch
      label="Destroy it when the job ends"
      description={rental.stops ? 'Also when the job fails, is cancelled or takes too long.' : stays}
      checked={rental.stops}
      onChange={(event) => props.set({ stops: event.currentTarget.checked })}
    />
  );
}
