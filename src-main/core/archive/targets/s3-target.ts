import type { Milliseconds } from '#shared/model/units.ts';
import { connectS3, type S3Connection } from './s3-client.ts';
import type { S3Config } from './s3-config.ts';
import { createS3Writer } from './s3-put.ts';
import { createS3Reader } from './s3-read.ts';
import { testS3Target } from './s3-self-test.ts';
import type { ArchiveTarget } from './target.ts';
import type { TargetFacts } from './target-facts.ts';

export interface S3TargetDeps {
  readonly facts: TargetFacts;
  /** Whether results are delivered there: only then the Test button writes a probe. */
  readonly delivers: () => boolean;
  /** How long a connection may be silent. */
  readonly idleMs?: Milliseconds | undefined;
}

/** As the index and the facts know a place, and as people read it. */
export const placeOf = ({ bucket, prefix, endpoint }: S3Config): string =>
  `s3://${bucket}/${prefix}${endpoint === null ? '' : ` at ${endpoint}`}`;

/** A bucket as a target. Nothing is sent, and the SDK not loaded, before the first call. */
export function createS3Target(config: S3Config, { facts, delivers, idleMs }: S3TargetDeps): ArchiveTarget {
  const place = placeOf(config);
  let requests = 0;
  let connection: Promise<S3Connection> | null = null;
  const connect = (): Promise<S3Connection> => {
    connection ??= connectS3(config, () => requests++, idleMs);
    return connection;
  };
  const reader = createS3Reader(config, connect);
  return {
    name: config.name,
    kind: 's3',
    title: config.title,
    place,
    prefix: config.prefix,
    requests: () => requests,
    put: createS3Writer({ config, place, facts, connect, reader }),
    list: reader.list,
    head: reader.head,
    get: reader.get,
    presign: reader.presign,
    versions: reader.versions,
    test: () => testS3Target({ config, place, facts, delivers: delivers(), connect }),
    close: () => {
      void connection?.then(
        ({ client }) => client.destroy(),
        () => {},
      );
      connection = null;
    },
  };
}
