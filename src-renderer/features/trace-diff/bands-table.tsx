import type { ReactNode } from 'react';
import { paths } from '#renderer/client/routes.ts';
import { formatCount, formatDuration, formatDurationExact, formatId } from '#shared/lib/format.ts';
import type { TraceBands } from '#shared/model/compare.ts';
import styles from './trace-diff.module.css';

/** The figures behind the percentile waterfall. */
export function BandsTable({ bands }: { readonly bands: TraceBands }): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={styles.tableFrame} aria-label="Percentiles of every step" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">n</th>
            <th scope="col">Errors</th>
            <th scope="col">Start p10</th>
            <th scope="col">p50</th>
            <th scope="col">p90</th>
            <th scope="col">Duration p10</th>
            <th scope="col">p50</th>
            <th scope="col">p90</th>
            <th scope="col">Slowest</th>
            <th scope="col">Its job</th>
          </tr>
        </thead>
        <tbody>
          {bands.rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows never move, and a path may not be unique
            <tr key={i}>
              <td title={row.path} style={{ paddingLeft: 8 + 12 * Math.min(row.depth, 12) }}>
                {row.name}
              </td>
              <td className="figure">{formatCount(row.n)}</td>
              <td className="figure">{formatCount(row.errors)}</td>
              {[...row.start, ...row.duration].map((ms, k) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: six columns that never move
                <td key={k} className="figure" title={formatDurationExact(ms)}>
                  {formatDuration(ms)}
                </td>
              ))}
              <td className="figure" title={formatDurationExact(row.slowest.duration_ms)}>
                {formatDuration(row.slowest.duration_ms)}
              </td>
              <td className="figure">
                <a href={`#${paths.job(row.slowest.source, row.slowest.job_id, row.slowest.span_id)}`}>
                  {formatId(row.slowest.job_id)}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
