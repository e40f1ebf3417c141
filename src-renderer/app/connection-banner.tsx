import type { ReactNode } from 'react';
import { useConnectionState } from '#renderer/client/query.tsx';
import { Delayed } from '#renderer/widgets/delayed.tsx';
import { Banner } from '#renderer/widgets/notice.tsx';

/** Says that what is on the page may be old, and what to do when it stays so. */
export function ConnectionBanner(): ReactNode {
  const { phase, attempts } = useConnectionState();
  if (phase === 'open') return null;
  return (
    <Delayed after={phase === 'connecting' ? 1_000 : 300}>
      <div role="status">
        <Banner tone="warning">
          {phase === 'reconnecting'
            ? 'Reconnecting to the engine. What you see is what was last known.'
            : 'Waiting for the engine.'}
          {attempts > 3 && ' If Runescope was closed, start it again and open the link it prints.'}
        </Banner>
      </div>
    </Delayed>
  );
}
