import { Button, Modal, NumberInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import { formatUsdUp } from '#shared/lib/format.ts';
import type { Usd } from '#shared/model/units.ts';
import styles from './gate.module.css';
import { amountIn } from './remote-amount.ts';
import type { Stopped } from './use-create-job.tsx';

/**
 * What another server says a job may cost, in its words, and up to how much is agreed to. Only its sentence is known
 * here: the amount out of it is a proposal, and can be changed.
 */
export function RemoteGateDialog(props: {
  readonly stopped: Stopped;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onAgree: (usd: Usd) => void;
  readonly onDismiss: () => void;
}): ReactNode {
  const { stopped, busy, onDismiss } = props;
  const { failure, agreed_usd } = stopped;
  const asks = failure.code === 'cost.approval_needed';
  const [usd, setUsd] = useState<number | string>(() => amountIn(failure.message) ?? '');
  const ready = typeof usd === 'number' && usd > 0;
  return (
    <Modal
      opened
      onClose={onDismiss}
      closeOnEscape={!busy}
      closeOnClickOutside={false}
      withCloseButton={false}
      size={520}
      title={asks ? 'This job costs money there' : 'This job may not run there'}
    >
      <form
        className={styles.dialog}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) props.onAgree(usd);
        }}
      >
        <FailureNotice
          failure={failure}
          {...(agreed_usd === null
            ? {}
            : { what: `It was not run: ${formatUsdUp(agreed_usd)} is not enough.` })}
        />
        {asks && (
          <NumberInput
            label="Approve up to, $"
            description="It is paid from there, not from the budget of this computer."
            min={0}
            decimalScale={4}
            allowNegative={false}
            hideControls
            value={usd}
            onChange={setUsd}
          />
        )}
        {props.error !== null && (
          <FailureNotice failure={shownFailure(props.error)} what="The job was not created." />
        )}
        <div className={styles.buttons}>
          <Button data-autofocus variant="default" disabled={busy} onClick={onDismiss}>
            {asks ? 'Cancel' : 'Close'}
          </Button>
          {asks && (
            <Button type="submit" loading={busy} disabled={!ready}>
              {ready ? `Run for up to ${formatUsdUp(usd)}` : 'Run'}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}
