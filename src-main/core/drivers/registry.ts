import type { Env, Secrets } from '#core/ports/ports.ts';
import { span } from '#core/telemetry/span.ts';
import { CodedError } from '#shared/model/failure.ts';
import { commandWords, type DriverConfig, driverToken, driverUrl } from './config.ts';
import { driverEnvironment } from './environment.ts';
import { createHttpTransport } from './http.ts';
import { createStdioTransport } from './stdio.ts';
import type { DriverTransport } from './transport.ts';

export interface TransportNeeds {
  readonly env: Env;
  readonly secrets: Secrets;
  /** Variables the agent's driver declares. */
  readonly declared: readonly string[];
  /** Values that were found elsewhere than in the environment, by variable. */
  readonly extraEnv: Readonly<Record<string, string>>;
  /** Where spans are received over OTLP at the moment; null: nowhere. */
  readonly otlpEndpoint?: (() => string | null) | undefined;
}

/** The transport a configuration asks for, emitting `driver.call`. */
export async function createTransport(config: DriverConfig, needs: TransportNeeds): Promise<DriverTransport> {
  const { driver_name } = config;
  switch (config.mode) {
    case 'stdio':
      return instrumentTransport(
        createStdioTransport({
          driver_name,
          argv: commandWords(config),
          env: driverEnvironment(needs.env, {
            agent: driver_name,
            declared: needs.declared,
            passEnv: config.passEnv,
            extra: needs.extraEnv,
          }),
          otlpEndpoint: needs.otlpEndpoint,
        }),
      );
    case 'http': {
      const token = await driverToken(config, needs.secrets);
      return instrumentTransport(
        createHttpTransport({ driver_name, base_url: driverUrl(config), tenant: config.tenant, token }),
      );
    }
    case 'manual':
    case 'browser':
      throw new CodedError(
        'driver.mode_refused',
        `Driver "${driver_name}" is in ${config.mode} mode, which needs a person at the keyboard and is not run here. Use stdio or http.`,
      );
  }
}

/** The one place where `driver.call` is emitted. */
export const instrumentTransport = (inner: DriverTransport): DriverTransport => ({
  driver_name: inner.driver_name,
  transport_type: inner.transport_type,
  call: (call) =>
    span(
      'driver.call',
      { driver_name: inner.driver_name, action: call.action, transport_type: inner.transport_type },
      () => inner.call(call),
    ),
});
