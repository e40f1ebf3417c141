import { Button, Checkbox, Popover, Select, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { DIMENSIONS, JOB_MEASURES, type MeasureInfo } from '#shared/model/compare.ts';
import { archivedParts, type SourceInfo } from '#shared/model/source.ts';
import styles from './compare.module.css';
import { attributeDimension, attributeParts, dimensionTitle } from './words.ts';

/** Which stores the jobs come from, any number of them. */
export function SourcesPicker(props: {
  readonly sources: readonly SourceInfo[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}): ReactNode {
  const { chosen, onChange } = props;
  const stores = props.sources.filter(
    (one) => archivedParts(one.source) === null || chosen.includes(one.source),
  );
  const titleOf = (source: string): string =>
    stores.find((one) => one.source === source)?.title ?? (source === 'own' ? 'This computer' : source);
  const label = chosen.length === 1 ? titleOf(chosen[0] ?? '') : `${chosen.length} sources`;
  const missing = chosen.filter((source) => !stores.some((one) => one.source === source));
  const all = [...stores, ...missing.map((source) => ({ source, title: titleOf(source), path: 'not open' }))];
  return (
    <Popover position="bottom-start" width={300} trapFocus>
      <Popover.Target>
        <Button
          variant={label === 'This computer' ? 'default' : 'light'}
          className={styles.picker}
          aria-haspopup="dialog"
          aria-label={`Sources: ${label}`}
          title={chosen.map(titleOf).join(', ')}
        >
          {label} ▾
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label="Sources">
        <div className={styles.sources}>
          {all.map((one) => (
            <Checkbox
              key={one.source}
              checked={chosen.includes(one.source)}
              disabled={chosen.length === 1 && chosen[0] === one.source}
              label={<span title={one.path}>{one.title}</span>}
              onChange={() =>
                onChange(
                  chosen.includes(one.source)
                    ? chosen.filter((source) => source !== one.source)
                    : [...chosen, one.source],
                )
              }
            />
          ))}
        </div>
        <p className={`dim ${styles.small}`}>
          A job in several of them counts once. Open a store with Ctrl O, import results in the archive.
        </p>
      </Popover.Dropdown>
    </Popover>
  );
}

const isJobMeasure = (measure: string): boolean => (JOB_MEASURES as readonly string[]).includes(measure);

/** What is measured: figures of a job, or the time of a span name. */
export function MeasurePicker(props: {
  readonly measures: readonly MeasureInfo[];
  readonly measure: string;
  readonly onChange: (measure: string) => void;
}): ReactNode {
  const { measures, measure } = props;
  const known = measures.some((one) => one.measure === measure);
  const items = (group: boolean) =>
    measures
      .filter((one) => isJobMeasure(one.measure) === group)
      .map((one) => ({ value: one.measure, label: one.title }));
  const spans = items(false);
  return (
    <Select
      className={styles.measure}
      aria-label="Measure"
      title={measures.find((one) => one.measure === measure)?.about}
      value={measure}
      searchable
      allowDeselect={false}
      maxDropdownHeight={420}
      nothingFoundMessage="No such measure"
      data={[
        { group: 'Of a job', items: items(true) },
        {
          group: 'Time of a span',
          items: known ? spans : [...spans, { value: measure, label: measure }],
        },
      ]}
      onChange={(value) => {
        if (value !== null) props.onChange(value);
      }}
    />
  );
}

const ATTRIBUTE = 'attribute…';

/** What jobs are grouped by: a dimension, or an attribute of a span. `none` is one series of all. */
export function ByPicker(props: {
  readonly by: string;
  readonly none?: string | undefined;
  readonly spans: readonly string[];
  readonly onChange: (by: string) => void;
}): ReactNode {
  const { by, onChange } = props;
  const [asking, setAsking] = useState(false);
  const attribute = attributeParts(by);
  const [span, setSpan] = useState(attribute?.span ?? 'agent.ask');
  const [key, setKey] = useState(attribute?.key ?? '');
  const isUsable = !/[:]/.test(span + key) && span.trim() !== '' && key.trim() !== '';
  return (
    <Popover opened={asking} onChange={setAsking} position="bottom-start" width={280} trapFocus>
      <Popover.Target>
        <Select
          className={styles.by}
          aria-label="Group by"
          value={by}
          allowDeselect={false}
          maxDropdownHeight={420}
          data={[
            ...(props.none === undefined ? [] : [{ value: '', label: props.none }]),
            ...DIMENSIONS.map((dimension) => ({ value: dimension, label: dimensionTitle(dimension) })),
            ...(attribute === null ? [] : [{ value: by, label: dimensionTitle(by) }]),
            { value: ATTRIBUTE, label: 'an attribute…' },
          ]}
          onChange={(value) => {
            if (value === ATTRIBUTE) setAsking(true);
            else if (value !== null) onChange(value);
          }}
        />
      </Popover.Target>
      <Popover.Dropdown p={10} aria-label="Group by an attribute">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isUsable) return;
            setAsking(false);
            onChange(attributeDimension(span.trim(), key.trim()));
          }}
        >
          <TextInput
            label="Span"
            value={span}
            list="compare-spans"
            onChange={(event) => setSpan(event.currentTarget.value)}
          />
          <datalist id="compare-spans">
            {props.spans.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
          <TextInput
            label="Attribute"
            data-autofocus
            placeholder="agent_name"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
          <Button type="submit" mt={8} disabled={!isUsable}>
            Group
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
