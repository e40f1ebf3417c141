import type { Settings } from '#shared/contract/contract.ts';

export type S3Target = Settings['archive']['targets'][number];

export const NEW_TARGET: S3Target = {
  id: '',
  name: '',
  delivers: true,
  bucket: '',
  prefix: 'results/',
  endpoint: null,
  region: null,
  path_style: null,
  checksums: 'when_required',
  access_key_id: null,
  secret_access_key_secret: null,
  session_token_secret: null,
};

/** What the form shows a problem at; those of others stand below it. */
export const S3_FIELDS = [
  'name',
  'delivers',
  'bucket',
  'prefix',
  'endpoint',
  'region',
  'path_style',
  'checksums',
  'access_key_id',
  'secret_access_key_secret',
  'session_token_secret',
] as const satisfies readonly (keyof S3Target)[];
export type S3Field = (typeof S3_FIELDS)[number];

const orNull = (text: string | null): string | null => text?.trim() || null;

/** What the form stands for: blanks are nothing, a prefix ends with "/", secrets go with a key id. */
export function targetOfForm(draft: S3Target): S3Target {
  const access_key_id = orNull(draft.access_key_id);
  const prefix = draft.prefix.trim() || NEW_TARGET.prefix;
  return {
    ...draft,
    name: draft.name.trim(),
    bucket: draft.bucket.trim(),
    prefix: prefix.endsWith('/') ? prefix : `${prefix}/`,
    endpoint: orNull(draft.endpoint),
    region: orNull(draft.region),
    access_key_id,
    secret_access_key_secret: access_key_id === null ? null : draft.secret_access_key_secret,
    session_token_secret: access_key_id === null ? null : draft.session_token_secret,
  };
}

export const PATH_STYLES: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'auto', label: 'As the endpoint needs' },
  { value: 'path', label: 'Bucket in the path' },
  { value: 'host', label: 'Bucket in the host name' },
];
export const pathStyleOf = (value: string | null): boolean | null =>
  value === 'path' ? true : value === 'host' ? false : null;
export const pathStyleValue = (style: boolean | null): string =>
  style === null ? 'auto' : style ? 'path' : 'host';

export const CHECKSUM_MODES: readonly {
  readonly value: S3Target['checksums'];
  readonly label: string;
}[] = [
  { value: 'when_required', label: 'Only where required' },
  { value: 'when_supported', label: 'Always (CRC32)' },
];
