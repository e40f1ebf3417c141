import type { Env } from '#core/ports/ports.ts';
import { CodedError } from '#shared/model/failure.ts';

/** RUNE's name of the driver that looks at nothing and agrees; null: none is set. */
export const attestationDriver = ({ RUNE_ATTESTATION_DRIVER = '' }: Env): string | null =>
  RUNE_ATTESTATION_DRIVER.trim().toLowerCase() || null;

/** Throws `attestation.unsupported`: what was not looked at is not said to be as it should be, unless somebody wants that. */
export function requireAttestable(required: boolean, driver: string | null): void {
  if (!required || driver === 'noop') return;
  throw new CodedError(
    'attestation.unsupported',
    driver === null
      ? 'The request demands attestation, and Runescope cannot attest a machine. Take attestation_required out, or set RUNE_ATTESTATION_DRIVER=noop, which looks at nothing.'
      : `The request demands attestation, and Runescope has no attestation driver "${driver}". Take attestation_required out, or set RUNE_ATTESTATION_DRIVER=noop, which looks at nothing.`,
  );
}
