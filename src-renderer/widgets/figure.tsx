import type { ReactNode } from 'react';
import { formatAgo, formatClock, formatDateTime, formatIso, UNKNOWN } from '#shared/lib/format.ts';
import type { EpochSeconds, Milliseconds, Seconds } from '#shared/model/units.ts';
import styles from './figure.module.css';
import { caughtUp, useNow } from './now.ts';

const TICK_MS: Milliseconds = 5_000;

/** `1.24 s` with its unit dimmer; unknown is an en dash that says why on hover. */
export function Figure(props: {
  readonly text: string;
  readonly exact?: string | undefined;
  readonly unknown?: string | undefined;
}): ReactNode {
  if (props.text === UNKNOWN) {
    return (
      <span className={`figure ${styles.unknown}`} title={props.unknown ?? 'Not known'}>
        {UNKNOWN}
      </span>
    );
  }
  return (
    <span className={`figure ${styles.figure}`} title={props.exact}>
      {props.text.split(/(?<=\d) ?(?=[^\d.,\s])/).map((part, index) =>
        index === 0 ? (
          part
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
          <span key={index} className={styles.unit}>
            {' '}
            {part}
          </span>
        ),
      )}
    </span>
  );
}

/** Relative within a day and ticking, ISO on hover. */
export function Ago(props: {
  readonly at: EpochSeconds | null;
  readonly unknown?: string;
  /** Eleven characters at most: an older time loses its seconds and this year's number. */
  readonly short?: boolean;
}): ReactNode {
  const now = caughtUp(useNow(TICK_MS), props.at, TICK_MS);
  if (props.at === null) return <Figure text={UNKNOWN} unknown={props.unknown} />;
  return (
    <time className="figure" dateTime={formatIso(props.at)} title={formatIso(props.at)}>
      {props.short === true ? shortAgo(props.at, now) : formatAgo(props.at, now)}
    </time>
  );
}

/** The local clock; with the date unless `clockOnly`. ISO on hover. */
export function At(props: { readonly at: EpochSeconds; readonly clockOnly?: boolean }): ReactNode {
  return (
    <time className="figure" dateTime={formatIso(props.at)} title={formatIso(props.at)}>
      {props.clockOnly === true ? formatClock(props.at) : formatDateTime(props.at)}
    </time>
  );
}

const DAY: Seconds = 86_400;

/** `5 m ago`, `11-21 15:07`, `2025-11-21`. */
export function shortAgo(at: EpochSeconds, now: EpochSeconds): string {
  if (Math.abs(now - at) < DAY) return formatAgo(at, now);
  const full = formatDateTime(at);
  return full.slice(0, 4) === formatDateTime(now).slice(0, 4) ? full.slice(5, 16) : full.slice(0, 10);
}
