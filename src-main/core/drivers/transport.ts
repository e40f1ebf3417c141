import type { JsonObject } from '#shared/model/job.ts';
import type { Milliseconds } from '#shared/model/units.ts';

export interface DriverCall {
  readonly action: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
  readonly timeoutMs: Milliseconds;
  /** The run's own directory: a stdio driver's working directory, and the only place artifacts are taken from. */
  readonly workDir: string;
}

/** The DriverTransport boundary: one action of one driver. Failures are CodedErrors `driver.*`. */
export interface DriverTransport {
  readonly driver_name: string;
  readonly transport_type: 'stdio' | 'http';
  /** The driver's result object. */
  call(call: DriverCall): Promise<JsonObject>;
}
