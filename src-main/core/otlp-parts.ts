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
  secretValues,
}: {
  readonly ports: Pick<Ports, 'clock' | 'env' | 'logger'>;
  readonly db: Db;
  readonly writer: EventWriter;
  readonly feed: ChangeFeed;
  readonly external: ExternalStore;
  readonly board: HttpBoard;
  /** What this process has read of secrets. */
  readonly secretValues: () => readonly string[];
}): OtlpReceiver {
  const store = createOtlpStore({
    db,
    writer,
    feed,
    external,
    clock: ports.clock,
    clean: attributeCleaner(ports.env, secretValues),
  });
  return createOtlpReceiver({ board, write: (spans) => store.write(spans), logger: ports.logger });
}

/** Names of attributes, and spans after which texts that were remembered are forgotten. */
const MAX_NAMES = 4096;
const FORGET_AFTER = 10_000;
const NONE: readonly string[] = [];

/** The archive's rules, which know a secret by the last part of its attribute's name. `more`: other secrets' values. */
export function attributeCleaner(
  env: Env,
  more: () => readonly string[] = () => NONE,
): (attributes: Attributes) => Attributes {
  const secrets = secretValuesOf(env);
  let learned = more();
  let redactor = createRedactor([...secrets, ...learned]);
  const named = new Map<string, boolean>();
  const lastPart = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
  const isSecret = (key: string): boolean => {
    let secret = named.get(key);
    if (secret === undefined) {
      const name = lastPart(key);
      secret = (redactor.value({ [name]: 'a text' }) as Attributes)[name] !== 'a text';
      if (named.size < MAX_NAMES) named.set(key, secret);
    }
    return secret;
  };
  let cleaned = 0;
  return (attributes) => {
    if (++cleaned % FORGET_AFTER === 0 || learned !== more()) {
      learned = more();
      redactor = createRedactor([...secrets, ...learned]);
    }
    const clean: Record<string, AttributeValue> = {};
    for (const key of Object.keys(attributes)) {
      const value = attributes[key];
      if (value === undefined) continue;
      if (typeof value === 'string' && !isSecret(key)) clean[key] = redactor.text(value);
      else if (typeof value === 'string' || (typeof value === 'object' && value !== null)) {
        const name = lastPart(key);
        clean[key] = (redactor.value({ [name]: value }) as Attributes)[name] ?? null;
      } else clean[key] = value;
    }
    return clean;
  };
}
