import type { ReactNode } from 'react';
import styles from './chart.module.css';
import { markPath } from './series.ts';

const LINE = 15;
const CHAR = 5.9;
const GAP = 14;

interface Item {
  readonly text: string;
  /** Drawn before the text, around x and y; so many px wide. */
  readonly mark: (x: number, y: number) => ReactNode;
  readonly room: number;
}
const ink = 'var(--text-dim)';
const shape =
  (kind: Parameters<typeof markPath>[0]) =>
  (x: number, y: number): ReactNode => <path d={markPath(kind, x + 5, y, 4)} fill={ink} />;

const ITEMS: readonly Item[] = [
  {
    text: 'front',
    room: 24,
    mark: (x, y) => (
      <>
        <path d={`M${x} ${y - 3}h10v6h10`} stroke="var(--series-1)" strokeWidth={1.5} fill="none" />
        <circle cx={x + 10} cy={y - 3} r={3.5} fill="var(--series-1)" />
      </>
    ),
  },
  {
    text: 'dominated',
    room: 14,
    mark: (x, y) => <circle cx={x + 5} cy={y} r={4} fill="var(--text-faint)" fillOpacity={0.7} />,
  },
  { text: 'verified', room: 14, mark: shape('circle') },
  { text: 'unverified', room: 14, mark: shape('triangle') },
  { text: 'deverified or unknown', room: 14, mark: shape('cross') },
  {
    text: 'size: VRAM headroom',
    room: 24,
    mark: (x, y) => (
      <>
        <circle cx={x + 4} cy={y} r={2.6} fill={ink} />
        <circle cx={x + 15} cy={y} r={6} fill={ink} />
      </>
    ),
  },
  {
    text: 'opacity: reliability',
    room: 32,
    mark: (x, y) =>
      [0.35, 0.65, 0.95].map((alpha, i) => (
        <circle key={alpha} cx={x + 4 + i * 10} cy={y} r={4} fill={ink} fillOpacity={alpha} />
      )),
  },
];

/** What shape, size, opacity and colour say, over the plot; in a narrow one on two lines. */
export function OffersLegend(props: { readonly width: number }): ReactNode {
  let [x, line] = [66, 0];
  return ITEMS.map(({ text, mark, room }) => {
    const needed = room + text.length * CHAR;
    if (x + needed > props.width && line === 0) [x, line] = [66, 1];
    const at = x;
    x += needed + GAP;
    const y = 8 + line * LINE;
    return at + needed > props.width ? null : (
      <g key={text}>
        {mark(at, y)}
        <text className={styles.tick} x={at + room} y={y + 4}>
          {text}
        </text>
      </g>
    );
  });
}
