import { Button, Modal, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatDay } from '#shared/lib/format.ts';
import type { PriceRow } from '#shared/model/costs.ts';
import { COST_PROVIDERS } from '#shared/model/estimate.ts';
import styles from './costs.module.css';
import { type PriceDraft, priceDraft, priceOf } from './price-draft.ts';
import { PROVIDER_TITLES, SOURCE_TITLES } from './words.ts';

/** A price of the user's own: instead of a listed one, or of what nobody lists. */
export function PriceForm(props: {
  readonly row: PriceRow | null;
  readonly known: readonly PriceRow[];
  readonly onClose: () => void;
}): ReactNode {
  const { row, known, onClose } = props;
  const { client, orpc } = useApi();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<PriceDraft>(() => priceDraft(row));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { price, problems } = priceOf(draft);
  const replaced = row === null ? known.find(({ id }) => id === price?.id) : undefined;
  const change = (part: Partial<PriceDraft>): void => setDraft((now) => ({ ...now, ...part }));
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      await work();
      // Whatever was reckoned with the old price is out of date.
      await Promise.all([
        queries.invalidateQueries({ queryKey: orpc.costs.key() }),
        queries.invalidateQueries({ queryKey: orpc.settings.key() }),
      ]);
      onClose();
    } catch (thrown) {
      setFailure(thrown);
      setBusy(false);
    }
  };
  const field = (name: 'name' | 'hour' | 'tokensIn' | 'tokensOut' | 'day') => ({
    value: draft[name],
    error: tried ? problems[name] : undefined,
    autoComplete: 'off',
    spellCheck: false,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      change({ [name]: event.currentTarget.value }),
  });
  const byHour = draft.billed === 'hour';
  return (
    <Modal
      opened
      onClose={onClose}
      title={row === null ? 'A price that nobody lists' : `Your price of ${row.name}`}
      size={480}
    >
      <form
        className={styles.form}
        aria-label="Price"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (price !== null) void run(() => client.costs.prices.override(price));
        }}
      >
        {row === null ? (
          <>
            <Select
              label="Provider"
              description="Whoever sends the bill."
              allowDeselect={false}
              data={COST_PROVIDERS.filter((one) => one !== 'local').map((value) => ({
                value,
                label: PROVIDER_TITLES[value],
              }))}
              value={draft.provider}
              onChange={(value) => {
                const provider = COST_PROVIDERS.find((one) => one === value) ?? draft.provider;
                change({
                  provider,
                  billed: provider === 'api' ? 'tokens' : provider === 'vastai' ? 'hour' : draft.billed,
                });
              }}
            />
            {draft.provider !== 'api' && draft.provider !== 'vastai' && (
              <SegmentedControl
                aria-label="Billed by"
                value={draft.billed}
                data={[
                  { value: 'tokens', label: 'A model, by the token' },
                  { value: 'hour', label: 'A machine, by the hour' },
                ]}
                onChange={(billed) => change({ billed: billed === 'hour' ? 'hour' : 'tokens' })}
              />
            )}
            <TextInput
              data-autofocus
              label={byHour ? 'Machine or GPU' : 'Model'}
              description={
                byHour
                  ? 'As jobs name it; a job whose machine holds this name takes this price.'
                  : 'As jobs name it; the longest name that fits decides.'
              }
              placeholder={byHour ? 'g6e.4xlarge' : 'gpt-4o'}
              maxLength={200}
              {...field('name')}
            />
          </>
        ) : (
          <p className="dim">
            {SOURCE_TITLES[row.source].about}: {row.origin}, {formatDay(row.as_of)}.
          </p>
        )}
        {byHour ? (
          <TextInput
            label="US dollars an hour, the whole machine"
            inputMode="decimal"
            data-autofocus={row === null ? undefined : true}
            {...field('hour')}
          />
        ) : (
          <div className={styles.twoFields}>
            <TextInput
              label="US dollars per million tokens in"
              inputMode="decimal"
              data-autofocus={row === null ? undefined : true}
              {...field('tokensIn')}
            />
            <TextInput label="and out" inputMode="decimal" {...field('tokensOut')} />
          </div>
        )}
        <TextInput
          type="date"
          label="True on"
          description="A price loses certainty as it ages."
          {...field('day')}
        />
        {replaced !== undefined && (
          <p className="dim">
            {replaced.name} of {PROVIDER_TITLES[replaced.provider]} is listed already; yours will win over it.
          </p>
        )}
        {failure !== null && (
          <FailureNotice failure={shownFailure(failure)} what="The price was not saved." />
        )}
        <div className={styles.buttons}>
          {row?.source === 'override' && (
            <Button
              variant="default"
              disabled={busy}
              title="The price that stands without yours"
              onClick={() => void run(() => client.costs.prices.restore({ id: row.id }))}
            >
              Remove my price
            </Button>
          )}
          <span className={styles.grow} />
          <Button variant="subtle" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Use my price
          </Button>
        </div>
      </form>
    </Modal>
  );
}
