import type { IncomingMessage, ServerResponse } from 'node:http';

/** One thing that answers below some paths of an HTTP server: false where the path is none of its own. */
export type HttpRoute = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly routes: readonly HttpRoute[];
}

export interface HttpServer {
  readonly url: string;
  /** No new connections; answers what is under way, at most `drainMs`. */
  close(drainMs?: number): Promise<void>;
}
