import { CodedError } from '#shared/model/failure.ts';
import type { HttpBoard } from './http/board.ts';
import { collectorAddress, sendable } from './http/otlp-out/address.ts';
import { createOtlpExporter, type OtlpExporter } from './http/otlp-out/exporter.ts';
import { createOtlpOutQueue } from './http/otlp-out/queue.ts';
import type { Collector } from './http/otlp-out/send.ts';
import type { Ports } from './ports/ports.ts';
import type { OwnSource } from './sources/own-source.ts';
import type { Db } from './store/database.ts';

export interface OtlpOut extends OtlpExporter {
  /** A job ends, in this transaction: it goes to the collector if there is to be one. */
  enqueue(jobId: string): void;
}

/** What sends ended jobs to the collector that settings or OTEL_EXPORTER_OTLP_ENDPOINT name. */
export function createOtlpOut({
  ports,
  db,
  own,
  board,
}: {
  readonly ports: Pick<Ports, 'clock' | 'env' | 'logger' | 'secrets'>;
  readonly db: Db;
  readonly own: Pick<OwnSource, 'job' | 'spans'>;
  readonly board: HttpBoard;
}): OtlpOut {
  const queue = createOtlpOutQueue(db);
  const address = () => collectorAddress(board.settings().otlp_out.endpoint, ports.env);
  const exporter = createOtlpExporter({
    queue,
    jobs: own,
    collector: async (): Promise<Collector | null> => {
      const { enabled, headers, compression } = board.settings().otlp_out;
      if (!enabled) return null;
      const at = address();
      if (at === null)
        throw new CodedError(
          'otlp.unreachable',
          'No collector is named: give its address in Settings, or in OTEL_EXPORTER_OTLP_ENDPOINT.',
        );
      const named: Record<string, string> = { ...at.headers };
      for (const { name, secret } of headers) {
        const value = await ports.secrets.get(secret);
        if (value === null)
          throw new CodedError('secret.not_found', `The secret ${secret}, for header ${name}, is not set.`);
        named[name.toLowerCase()] = value;
      }
      return { url: at.url, headers: sendable(named), compression };
    },
    endpoint: () => address()?.shown ?? null,
    board,
    clock: ports.clock,
    logger: ports.logger,
  });
  return {
    ...exporter,
    enqueue: (jobId) => {
      if (board.settings().otlp_out.enabled) queue.add(jobId);
    },
  };
}
