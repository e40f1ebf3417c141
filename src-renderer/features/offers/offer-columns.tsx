import type { ReactNode } from 'react';
import { Figure } from '#renderer/widgets/figure.tsx';
import { UNKNOWN } from '#shared/lib/format.ts';
import {
  fieldText,
  fieldValue,
  isNumeric,
  OFFER_FIELDS,
  type OfferField,
  type OfferFieldKey,
} from '#shared/model/offer-fields.ts';
import type { PricedOffer } from '#shared/model/offers.ts';
import { JobWhisker, type WhiskerScale } from './job-whisker.tsx';
import styles from './table.module.css';

/** One column of the table: how it is drawn and by what it sorts. */
export interface OfferColumn {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly width: number;
  readonly numeric: boolean;
  readonly sort: OfferFieldKey | null;
  /** The first click shows the largest. */
  readonly startsDesc: boolean;
  /** Off until chosen. */
  readonly hidden: boolean;
  readonly cell: (offer: PricedOffer, whisker: WhiskerScale) => ReactNode;
}

/** Shown until somebody chooses others, in this order. */
const SHOWN = [
  'gpu_name',
  'num_gpus',
  'gpu_total_ram',
  'usd_per_job',
  'seconds_per_job',
  'dph_total',
  'dlperf',
  'reliability',
  'gpu_mem_bw',
  'inet_down',
  'disk_space',
  'verification',
  'geolocation',
] as const satisfies readonly OfferFieldKey[];

/** Shorter than the field's own title, where a column has no room for that. */
const TITLES: Partial<Record<OfferFieldKey, string>> = {
  gpu_total_ram: 'VRAM',
  headroom_mb: 'Headroom',
  gpu_mem_bw: 'Mem. speed',
  gpu_ram: 'VRAM per GPU',
  seconds_per_job: 'Time',
};
const WIDTHS: Partial<Record<OfferFieldKey, number>> = {
  gpu_name: 172,
  num_gpus: 58,
  gpu_total_ram: 82,
  usd_per_job: 184,
  seconds_per_job: 84,
  dph_total: 108,
  dlperf: 72,
  reliability: 86,
  gpu_mem_bw: 98,
  disk_space: 82,
  verification: 92,
  geolocation: 130,
};

const unknownWords = (offer: PricedOffer, { key, title }: OfferField): string => {
  if ((offer.odd as readonly string[]).includes(key))
    return 'The market gives a value that cannot be believed';
  if (key === 'usd_per_job' || key === 'seconds_per_job' || key === 'tokens_per_s' || key === 'interruption')
    return offer.fit?.fits === false
      ? `No prediction: ${offer.fit.model} ${offer.fit.because ?? 'does not fit'}`
      : 'No prediction: the size of the model or the speed of the GPU is not known';
  return `The market does not tell: ${title.toLowerCase()}`;
};

/** A field with its unit dimmer; unknown says why. */
export function FieldFigure(props: { readonly offer: PricedOffer; readonly field: OfferField }): ReactNode {
  const { offer, field } = props;
  const text = fieldText(offer, field.key);
  const value = fieldValue(offer, field.key);
  if (text === UNKNOWN) return <Figure text={UNKNOWN} unknown={unknownWords(offer, field)} />;
  if (field.kind === 'text') return <span title={text}>{text}</span>;
  return <Figure text={text} exact={typeof value === 'number' ? String(value) : undefined} />;
}

const columnOf = (field: OfferField): OfferColumn => {
  const { key, kind, better } = field;
  return {
    id: key,
    title: TITLES[key] ?? field.title,
    about: field.about,
    width: WIDTHS[key] ?? 108,
    numeric: isNumeric(field) || kind === 'id',
    sort: key,
    startsDesc: better === 'more',
    hidden: !(SHOWN as readonly string[]).includes(key),
    cell:
      key === 'usd_per_job'
        ? (offer, scale) => (
            <>
              <JobWhisker spread={offer.usd_per_job} scale={scale} />
              <FieldFigure offer={offer} field={field} />
            </>
          )
        : (offer) => <FieldFigure offer={offer} field={field} />,
  };
};

const FIT: OfferColumn = {
  id: 'models',
  title: 'Model fit',
  about: 'The model that is asked about, else the largest that fits; how many of the table fit',
  width: 178,
  numeric: false,
  sort: 'headroom_mb',
  startsDesc: true,
  hidden: false,
  cell: ({ fit, models }) => {
    if (fit === null)
      return (
        <Figure
          text={UNKNOWN}
          unknown={models.length === 0 ? 'No model of the table fits' : 'Nobody knows how large the model is'}
        />
      );
    return (
      <span title={fit.fits ? `Fit: ${models.join(', ')}` : `${fit.model} ${fit.because ?? ''}`}>
        {fit.fits ? fit.model : <span className={styles.bad}>{fit.model} does not fit</span>}
        {models.length > 1 && <span className="faint"> of {models.length}</span>}
      </span>
    );
  },
};

const ordered = [
  ...SHOWN.flatMap((key) => OFFER_FIELDS.filter((field) => field.key === key)),
  ...OFFER_FIELDS.filter(({ key }) => !(SHOWN as readonly string[]).includes(key)),
].map(columnOf);

/** Every field of an offer, the default ones first. */
export const OFFER_COLUMNS: readonly OfferColumn[] = [
  ...ordered.slice(0, SHOWN.length),
  FIT,
  ...ordered.slice(SHOWN.length),
];
/** Always there: it names the row. */
export const NAME_COLUMN = 'gpu_name';

/** Beside the name while what is left out is shown. */
export const REASON_COLUMN: OfferColumn = {
  id: 'reason',
  title: 'Left out because',
  about: 'Why it is none of the offers that may be rented',
  width: 280,
  numeric: false,
  sort: null,
  startsDesc: false,
  hidden: true,
  cell: () => null,
};
