import { RangeSlider, TextInput } from '@mantine/core';
import { memo, type ReactNode, useState } from 'react';
import { offerField } from '#shared/model/offer-fields.ts';
import type { RangeField } from '#shared/model/offers.ts';
import styles from './filters.module.css';
import {
  parseLimit,
  rangeUnit,
  rounded,
  type SliderScale,
  STEPS,
  stepAt,
  valueAtStep,
} from './range-scale.ts';

export interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A range by hand or by figures; an end at its stop is no limit. */
export const RangeInput = memo(function RangeInput(props: {
  readonly field: RangeField;
  readonly range: Range | undefined;
  /** Null: every offer has the same. */
  readonly scale: SliderScale | null;
  readonly onChange: (field: RangeField, range: Range) => void;
}): ReactNode {
  const { field, scale, onChange } = props;
  const { title, about } = offerField(field);
  const { per, unit } = rangeUnit(field);
  const range = props.range ?? {};
  const steps: [number, number] =
    scale === null
      ? [0, STEPS]
      : [
          range.min === undefined ? 0 : stepAt(scale, range.min),
          range.max === undefined ? STEPS : stepAt(scale, range.max),
        ];
  const slide = ([from, to]: readonly [number, number]): void => {
    if (scale === null) return;
    // Of an end that was not moved, what was typed stays.
    const inUnit = (step: number, towards: 'down' | 'up'): number =>
      rounded(valueAtStep(scale, step) / per, towards, {
        ...scale,
        low: scale.low / per,
        high: scale.high / per,
      }) * per;
    const min = from === steps[0] ? range.min : from === 0 ? undefined : inUnit(from, 'down');
    const max = to === steps[1] ? range.max : to === STEPS ? undefined : inUnit(to, 'up');
    onChange(field, { min, max });
  };
  return (
    <fieldset className={styles.range} data-field={field}>
      <legend title={about}>
        {title} {unit !== '' && <span className="faint">{unit}</span>}
      </legend>
      <Limit
        label={`${title}, at least`}
        value={range.min}
        per={per}
        hint={scale === null ? '' : scale.low}
        onChange={(min) => onChange(field, { ...range, min })}
      />
      <RangeSlider
        className={styles.slider ?? ''}
        size={3}
        thumbSize={13}
        min={0}
        max={STEPS}
        minRange={0}
        label={null}
        disabled={scale === null}
        value={steps}
        thumbFromLabel={`${title}, at least`}
        thumbToLabel={`${title}, at most`}
        onChange={slide}
      />
      <Limit
        label={`${title}, at most`}
        value={range.max}
        per={per}
        hint={scale === null ? '' : scale.high}
        onChange={(max) => onChange(field, { ...range, max })}
      />
    </fieldset>
  );
});

const shown = (value: number, per: number): string => String(Number((value / per).toPrecision(4)));

function Limit(props: {
  readonly label: string;
  readonly value: number | undefined;
  readonly per: number;
  readonly hint: number | '';
  readonly onChange: (value: number | undefined) => void;
}): ReactNode {
  const { value, per, hint } = props;
  const now = value === undefined ? '' : shown(value, per);
  const [typed, setTyped] = useState(now);
  const [seen, setSeen] = useState(now);
  // Another limit than was typed here: a slider, a link, the clearing of all.
  if (now !== seen) {
    setSeen(now);
    const mine = parseLimit(typed);
    if (mine === null || (mine ?? null) !== (value === undefined ? null : Number(now))) setTyped(now);
  }
  return (
    <TextInput
      className={styles.limit}
      aria-label={props.label}
      inputMode="decimal"
      maxLength={16}
      value={typed}
      placeholder={hint === '' ? '' : shown(hint, per)}
      error={parseLimit(typed) === null}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const limit = parseLimit(text);
        if (limit !== null)
          props.onChange(limit === undefined ? undefined : Number((limit * per).toPrecision(12)));
      }}
    />
  );
}
