import { Button } from '@mantine/core';
import { type ReactNode, useMemo, useRef } from 'react';
import { z } from 'zod';
import { Ago } from '#renderer/widgets/figure.tsx';
import { useNow } from '#renderer/widgets/now.ts';
import { SearchField } from '#renderer/widgets/search-field.tsx';
import { useStored } from '#renderer/widgets/stored.ts';
import { View } from '#renderer/widgets/view.tsx';
import type { OffersAnswer } from '#shared/model/offers.ts';
import { FilterPanel } from './filter-panel.tsx';
import { listOffers, withBlocks } from './listing.ts';
import { MarketNotes } from './market-notes.tsx';
import { OfferDetail } from './offer-detail.tsx';
import styles from './offers.module.css';
import { NoAnswer, NoOffers } from './offers-states.tsx';
import { OffersToolbar } from './offers-toolbar.tsx';
import type { OffersView } from './offers-url.ts';
import { OffersWork } from './offers-work.tsx';
import { PinnedComparison } from './pinned-comparison.tsx';
import { useBrowseActions } from './use-browse-actions.ts';
import {
  type Blocks,
  type OffersAccess,
  useBlocks,
  useMarket,
  useOffers,
  useOffersView,
} from './use-offers.ts';
import { useStable } from './use-stable.ts';
import { useWide } from './use-wide.ts';

/** Prices move: from here on the age of what is shown is a warning. */
const OLD_S = 600;

/** GPU offers: choosing with the eyes, by what a finished job costs there. */
export function BrowsePage(props: { readonly title: ReactNode }): ReactNode {
  const [view, setView] = useOffersView();
  const offers = useOffers(view);
  const market = useMarket();
  const blocks = useBlocks();
  const search = useRef<HTMLInputElement>(null);
  const wide = useWide();
  const [panel, setPanel] = useStored('offers.filters', z.enum(['open', 'closed', 'auto']), 'auto');
  const filters = panel === 'auto' ? wide : panel === 'open';
  const toggleFilters = (): void => setPanel(filters ? 'closed' : 'open');
  const { answer } = offers;
  const name = answer?.market ?? view.market ?? market.data?.market ?? null;
  const setText = useStable((text: string) => setView({ ...view, text }));
  useBrowseActions({
    view,
    onView: setView,
    onRefresh: offers.refresh,
    onFilters: toggleFilters,
    onSearch: () => search.current?.select(),
  });
  return (
    <View
      title={props.title}
      filter={
        <SearchField
          text={view.text}
          field={search}
          label="Search offers"
          tip="GPU, place, verification, or the number of an offer, machine or host"
          placeholder="Search offers  /"
          className={styles.search}
          onChange={setText}
        />
      }
      actions={
        <>
          <QuoteAge answer={answer} asking={offers.asking} />
          <Button
            variant="default"
            title="Ask the market again  r"
            loading={offers.asking}
            onClick={offers.refresh}
          >
            Refresh
          </Button>
        </>
      }
    >
      <MarketNotes
        market={name}
        hasKey={market.data?.has_key ?? null}
        answer={answer}
        view={view}
        onView={setView}
      />
      <OffersToolbar
        view={view}
        onView={setView}
        market={name}
        hasKey={market.data?.has_key ?? false}
        filters={filters}
        onFilters={toggleFilters}
      />
      {offers.error !== null && (
        <NoAnswer
          error={offers.error}
          onRetry={offers.retry}
          {...(answer === undefined ? {} : { known: answer.searched_at })}
          {...(name === 'demo' ? {} : { onDemo: () => setView({ ...view, market: 'demo' }) })}
        />
      )}
      {answer === undefined ? (
        offers.error === null && <NoOffers state="asking" />
      ) : (
        <Market
          answer={answer}
          offers={offers}
          blocks={blocks}
          // Until the other kind has come, what is there is of its own kind.
          type={offers.stale && answer.offers[0] !== undefined ? kindOf(answer.offers[0]) : view.type}
          view={view}
          onView={setView}
          filters={filters}
        />
      )}
    </View>
  );
}

const kindOf = ({ is_bid }: { readonly is_bid: boolean }): OffersView['type'] =>
  is_bid ? 'bid' : 'ondemand';

function QuoteAge(props: { readonly answer: OffersAnswer | undefined; readonly asking: boolean }): ReactNode {
  const now = useNow(5_000);
  if (props.answer === undefined) return <span className="faint">{props.asking ? 'Asking…' : ''}</span>;
  const { searched_at } = props.answer;
  return (
    <span
      data-testid="age"
      className={now - searched_at > OLD_S ? styles.old : 'dim'}
      title="When the market was asked for these prices"
    >
      quoted <Ago at={searched_at} />
    </span>
  );
}

function Market(props: {
  readonly answer: OffersAnswer;
  readonly offers: OffersAccess;
  readonly blocks: Blocks;
  readonly type: OffersView['type'];
  readonly view: OffersView;
  readonly onView: (view: OffersView) => void;
  readonly filters: boolean;
}): ReactNode {
  const { answer, view, onView, blocks } = props;
  const all = useMemo(() => withBlocks(answer.offers, blocks.settings), [answer.offers, blocks.settings]);
  const { x, y } = view;
  const axes = useMemo(() => ({ x, y }), [x, y]);
  // What only changes how offers are shown asks for no new list.
  const asked = JSON.stringify([
    props.type,
    view.defaults,
    view.ranges,
    view.gpu,
    view.country,
    view.verification,
    view.text,
  ]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` is every part of the view that is read here
  const listing = useMemo(() => listOffers(all, { ...view, type: props.type }, axes), [all, asked, axes]);
  const onChange = useStable((change: (now: OffersView) => OffersView) => onView(change(view)));
  const selected = view.offer === null ? undefined : listing.byId.get(view.offer);
  if (all.length === 0) return <NoOffers state="none" answer={answer} view={view} onView={onView} />;
  return (
    <div className={styles.room}>
      {props.filters && !view.compare && <FilterPanel offers={all} view={view} onChange={onChange} />}
      {view.compare ? (
        <PinnedComparison listing={listing} answer={answer} view={view} onView={onView} />
      ) : (
        <>
          <OffersWork
            listing={listing}
            answer={answer}
            axes={axes}
            view={view}
            stale={props.offers.stale}
            onView={onView}
          />
          {view.offer !== null && (
            <OfferDetail
              key={view.offer}
              id={view.offer}
              offer={selected}
              listing={listing}
              answer={answer}
              blocks={blocks}
              view={view}
              onView={onView}
            />
          )}
        </>
      )}
    </div>
  );
}
