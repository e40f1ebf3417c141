import type { WebFrameMain } from 'electron';

interface Sent {
  /** Null when the frame is gone. */
  readonly senderFrame: Pick<WebFrameMain, 'origin' | 'parent'> | null;
}

/** True only for our own page in the main frame of a window: everything else has no business with the engine. */
export const isTrustedSender = ({ senderFrame }: Sent, pageOrigin: string): boolean =>
  senderFrame !== null && senderFrame.parent === null && senderFrame.origin === pageOrigin;
