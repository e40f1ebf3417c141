import { SegmentedControl, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { paths } from '#renderer/client/routes.ts';
import { Ago, Figure } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { Settings } from '#shared/contract/contract.ts';
import { formatCount } from '#shared/lib/format.ts';
import type { HttpStatus } from '#shared/model/http.ts';
import { EXTERNAL } from '#shared/model/source.ts';
import styles from './http.module.css';
import { EnvBlock, HttpPart, TroubleLine } from './http-part.tsx';
import { OtlpHeaders } from './otlp-headers.tsx';
import { SavedText } from './saved-fields.tsx';
import type { SettingsAccess } from './use-settings.ts';

type Http = Settings['http'];
const REFRESH_MS = 2_000;

/** What listens on this computer, and where spans go to and come from. */
export function HttpSettings(props: {
  readonly access: SettingsAccess;
  readonly settings: Settings;
}): ReactNode {
  const { access, settings } = props;
  const { http } = settings;
  const { orpc } = useApi();
  const status = useQuery(orpc.http.status.queryOptions({ refetchInterval: REFRESH_MS }));
  const save = <P extends keyof Http>(part: P, change: Partial<Http[P]>): void =>
    access.change({ ...settings, http: { ...http, [part]: { ...http[part], ...change } } });
  const now = status.data;
  return (
    <>
      <p className="dim">
        Other programs reach the engine here, on this computer only. What happens there stands in the{' '}
        <a href={`#${paths.logs()}`}>log</a>.
      </p>
      {status.error !== null && now === undefined && (
        <FailureNotice
          failure={shownFailure(status.error)}
          what="What listens is not known."
          onRetry={() => void status.refetch()}
        />
      )}
      <div className={styles.parts}>
        <HttpPart
          title="RUNE's API on a port of its own"
          description="Jobs, results and settings over HTTP, for RUNE's command line, rune-ui and scripts."
          on={http.api.enabled}
          port={http.api.port}
          state={now?.api}
          onSave={(change) => save('api', change)}
        >
          {now !== undefined && <ApiAccess api={now.api} onPage={!http.api.enabled} />}
        </HttpPart>
        <HttpPart
          title="Receive spans"
          description="OTLP over HTTP: agents send here what they do, and it joins the trace of their job."
          on={http.otlp_in.enabled}
          port={http.otlp_in.port}
          state={now?.otlp_in}
          onSave={(change) => save('otlp_in', change)}
        >
          {now !== undefined && <Received of={now.otlp_in} />}
        </HttpPart>
        <OtlpOut
          setting={http.otlp_out}
          status={now?.otlp_out}
          onSave={(change) => save('otlp_out', change)}
        />
        <HttpPart
          title="Metrics"
          description="GET /metrics of the engine's own health, for Prometheus. No job and no tenant is in it."
          on={http.metrics.enabled}
          port={http.metrics.port}
          state={now?.metrics}
          onSave={(change) => save('metrics', change)}
        />
      </div>
    </>
  );
}

/** Who may call it, and what a client has to be told. */
function ApiAccess(props: {
  readonly api: HttpStatus['api'];
  /** It answers where the page does: `serve` brings it along. */
  readonly onPage: boolean;
}): ReactNode {
  const { url, auth, tenants } = props.api;
  if (url === null) {
    return (
      <p className="dim">
        Who may call it is said by <code>RUNE_API_TOKENS="tenant:secret,…"</code>, in the environment or as a{' '}
        <a href={`#${paths.settings('secrets')}`}>secret</a> of that name; 32 characters or more each.
      </p>
    );
  }
  const lines = [
    `export RUNE_API_BASE_URL=${url}`,
    `export RUNE_API_TENANT=${tenants[0] ?? 'default'}`,
    ...(auth ? ["export RUNE_API_TOKEN='<its secret>'"] : []),
  ];
  return (
    <>
      <p className="dim">
        {props.onPage && 'It answers on the port of this page, too. '}
        {auth
          ? `A token is asked for; ${tenants.length === 1 ? 'one tenant has' : `${tenants.length} tenants have`} one: ${tenants.join(', ')}.`
          : 'No token is asked for (RUNE_API_AUTH_DISABLED): every program of this computer is tenant default.'}{' '}
        <a href={`${url}/v1/docs`} target="_blank" rel="noreferrer">
          Its endpoints
        </a>
      </p>
      <EnvBlock label="Variables for RUNE's clients" text={lines.join('\n')} />
    </>
  );
}

function Received(props: { readonly of: HttpStatus['otlp_in'] }): ReactNode {
  const { of } = props;
  if (of.url === null) {
    return (
      <p className="dim">
        Drivers that run here are told the address and their place in the trace by themselves while it is on.
      </p>
    );
  }
  return (
    <>
      <dl className={styles.counts}>
        <Count name="spans received" n={of.received_spans} />
        <Count name="rejected" n={of.rejected_spans} hint="Not readable, or too large" />
        <Count
          name="requests told to come again"
          n={of.deferred_requests}
          hint="Answered with 429 or 503 while there was too much to write"
        />
      </dl>
      <p className="dim">
        Drivers that run here have these variables already, and <code>TRACEPARENT</code>, their place in the
        trace. Another program needs them; what belongs to no job of ours is under{' '}
        <a href={`#${paths.jobs(EXTERNAL)}`}>external traces</a>.
      </p>
      <EnvBlock
        label="Variables for an agent that sends spans here"
        text={[
          `export OTEL_EXPORTER_OTLP_ENDPOINT=${of.url}`,
          'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
          'export OTEL_METRICS_EXPORTER=none',
          'export OTEL_LOGS_EXPORTER=none',
        ].join('\n')}
      />
    </>
  );
}

function OtlpOut(props: {
  readonly setting: Http['otlp_out'];
  readonly status: HttpStatus['otlp_out'] | undefined;
  readonly onSave: (change: Partial<Http['otlp_out']>) => void;
}): ReactNode {
  const { setting, status, onSave } = props;
  return (
    <div className={styles.part}>
      <div className={styles.partHead}>
        <Switch
          label="Send spans"
          description="The trace of each job that ended goes to a collector of yours, over OTLP."
          checked={setting.enabled}
          onChange={(event) => onSave({ enabled: event.currentTarget.checked })}
        />
        <SegmentedControl
          aria-label="Compression"
          title="How what is sent is compressed"
          data={[
            { value: 'gzip', label: 'gzip' },
            { value: 'none', label: 'plain' },
          ]}
          value={setting.compression}
          onChange={(value) => onSave({ compression: value === 'none' ? 'none' : 'gzip' })}
        />
      </div>
      {status !== undefined && setting.enabled && <Sending of={status} />}
      {status?.trouble != null && <TroubleLine trouble={status.trouble} />}
      {status !== undefined && setting.enabled && (
        <dl className={styles.counts}>
          <Count name="jobs sent" n={status.sent_jobs} />
          <Count name="waiting" n={status.waiting_jobs} />
          <div>
            <dt>last</dt>
            <dd>
              <Ago at={status.last_sent_at} unknown="Nothing was sent yet" />
            </dd>
          </div>
        </dl>
      )}
      <div className={styles.endpoint}>
        <SavedText
          label="Endpoint"
          description="/v1/traces is appended. Empty: OTEL_EXPORTER_OTLP_ENDPOINT."
          placeholder="http://127.0.0.1:4318"
          value={setting.endpoint}
          show={(endpoint) => endpoint ?? ''}
          parse={parseEndpoint}
          onSave={(endpoint) => onSave({ endpoint })}
        />
      </div>
      <OtlpHeaders headers={setting.headers} onSave={(headers) => onSave({ headers })} />
    </div>
  );
}

function Sending(props: { readonly of: HttpStatus['otlp_out'] }): ReactNode {
  const { endpoint, trouble } = props.of;
  const word = endpoint === null ? '✕ sends nothing' : trouble === null ? '● sends to' : '✕ cannot send to';
  return (
    <div className={styles.state} role="status">
      <span className={styles.word} data-tone={endpoint === null || trouble !== null ? 'trouble' : 'ok'}>
        {word}
      </span>
      {endpoint !== null && <span className={`figure ${styles.place}`}>{endpoint}</span>}
    </div>
  );
}

/** An address of http or https, or none. */
export function parseEndpoint(
  typed: string,
): { readonly value: string | null } | { readonly problem: string } {
  const text = typed.trim();
  if (text === '') return { value: null };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return { problem: 'Must begin with http:// or https://' };
  if (url.username !== '' || url.password !== '')
    return { problem: 'No password in the address: use a header and a secret' };
  return { value: text };
}

function Count(props: { readonly name: string; readonly n: number; readonly hint?: string }): ReactNode {
  return (
    <div title={props.hint}>
      <dt>{props.name}</dt>
      <dd>
        <Figure text={formatCount(props.n)} exact={String(props.n)} />
      </dd>
    </div>
  );
}
