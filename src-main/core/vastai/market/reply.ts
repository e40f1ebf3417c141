/** One call of the API, recognised. */
export interface MarketRequest {
  readonly endpoint: Endpoint;
  /** The number in its path. */
  readonly id: number | null;
  readonly query: URLSearchParams;
  /** Parsed; undefined where none was sent. */
  readonly body: unknown;
}

export interface MarketReply {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain' | 'text/html';
  readonly text: string;
}

/** Every call there is. */
export const ENDPOINTS = [
  'search',
  'search-asks',
  'search-legacy',
  'create',
  'show',
  'list',
  'list-legacy',
  'manage',
  'destroy',
  'reboot',
  'bid',
  'request-logs',
  'volumes',
  'volume-create',
  'volume-delete',
  'template',
  'user',
  'charges',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

export const reply = (value: unknown, status = 200): MarketReply => ({
  status,
  type: 'application/json',
  text: JSON.stringify(value),
});

/** Ways to fail that have no answer: the connection is reset, or nothing ever comes. */
export type NoReply = 'reset' | 'hang';

/** Stands between the network and the market; tests make it misbehave there. */
export type Around = (
  request: MarketRequest,
  next: (request?: MarketRequest) => Promise<MarketReply>,
) => Promise<MarketReply | NoReply>;
