import { type ReactNode, useMemo } from 'react';
import type { ChainNode, ChainState } from '#shared/model/chain.ts';
import styles from './chain.module.css';
import { edgePath, layoutChain, STEP } from './chain-layout.ts';

/** Steps from left to right as they need one another; what stands in each box is the caller's. */
export function ChainDrawing(props: {
  readonly state: Pick<ChainState, 'nodes' | 'edges'>;
  readonly children: (node: ChainNode) => ReactNode;
}): ReactNode {
  const { nodes, edges } = props.state;
  // States change all the time, what needs what never does.
  const shape = JSON.stringify([nodes.map(({ id }) => id), edges]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for both
  const layout = useMemo(
    () =>
      layoutChain(
        nodes.map(({ id }) => id),
        edges,
      ),
    [shape],
  );
  const nodeOf = new Map(nodes.map((node) => [node.id, node]));
  const { width, height } = layout;
  return (
    <div className={styles.graph} style={{ width, height }}>
      <svg width={width} height={height} aria-hidden="true">
        {layout.edges.map(({ from, to, points }) => (
          <path
            key={`${from}\n${to}`}
            d={edgePath(points)}
            data-status={nodeOf.get(from)?.status}
            data-to={nodeOf.get(to)?.status}
          />
        ))}
      </svg>
      <ol>
        {layout.columns.flat().map((id) => {
          const node = nodeOf.get(id);
          const place = layout.places.get(id);
          if (node === undefined || place === undefined) return null;
          return (
            <li key={id} style={{ left: place.x, top: place.y, width: STEP.width, height: STEP.height }}>
              {props.children(node)}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
