import type { Attributes, AttributeValue } from '#shared/model/span.ts';
import { createRedactor, secretValuesOf } from './archive/record/redact.ts';
import type { HttpBoard } from './http/board.ts';
import { createOtlpReceiver, type OtlpReceiver } from './http/otlp/receiver.ts';
import type { Env, Ports } from './ports/ports.ts';
import { createExternalSource } from './sources/external-source.ts';
import type { JobSource } from './sources/job-source.ts';
import type { ChangeFeed } from './store/change-feed.ts';
import type { Db } from './store/database.ts';
import type { EventWriter } from './store/event-writer.ts';
import { createExternalStore, type ExternalStore } from './store/external-store.ts';
import { createOtlpStore } from './store/otlp-store.ts';

/** External traces as they lie in the data directory. */
export function createExternalTraces(
  { paths, clock }: Pick<Ports, 'paths' | 'clock'>,
  writable: boolean,
): { readonly store: ExternalStore; source(): JobSource | null } {
  const store = createExternalStore({ dataDir: paths.dataDir, clock, writable });
  return { store, source: createExternalSource(store, clock) };
}

/** What receives spans over OTLP, from the port to the store. */
export function createOtlpIn({
  ports,
  db,
  writer,
  feed,
  external,
  board,
}: {
  readonly ports: Pick<Ports, 'clock' | 'env' | 'logger'>;
  readonly db: Db;
  readonly writer: EventWriter;
  readonly feed: ChangeFeed;
  readonly external: ExternalStore;
  readonly board: HttpBoard;
}): OtlpReceiver {
  const store = createOtlpStore({
    db,
    writer,
    feed,
    external,
    clock: ports.clock,
    clean: attributeCleaner(ports.env),
  });
  return createOtlpReceiver({ board, write: (spans) => store.write(spans), logger: ports.logger });
}

/** The archive's rules, which know a secret by the last part of its attribute's name. */
export function attributeCleaner(env: Env): (attributes: Attributes) => Attributes {
  const secrets = secretValuesOf(env);
  let redactor = createRedactor(secrets);
  let cleaned = 0;
  return (attributes) => {
    // It remembers texts that repeat, and those of today are not those of an hour ago.
    if (++cleaned % 10_000 === 0) redactor = createRedactor(secrets);
    const clean: Record<string, AttributeValue> = {};
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === 'number' || typeof value === 'boolean' || value === null) clean[key] = value;
      else {
        const name = key.slice(key.lastIndexOf('.') + 1);
        clean[key] = (redactor.value({ [name]: value }) as Attributes)[name] ?? null;
      }
    }
    return clean;
  };
}
