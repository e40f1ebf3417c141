import { CodedError } from '#shared/model/failure.ts';

const DETAIL_CHARACTERS = 2000;

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
const detailOf = (thrown: unknown): { detail?: string; cause: unknown } => {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { ...(message === '' ? {} : { detail: message.slice(0, DETAIL_CHARACTERS) }), cause: thrown };
};

/** No answer at all: `thrown` is what the socket said. */
export function networkFailure(thrown: unknown, server: string): CodedError {
  const code = codeOf(thrown);
  const more = { ...detailOf(thrown), retryable: true };
  if (code === 'ECONNREFUSED') {
    return new CodedError(
      'backend.unreachable',
      `Nothing listens at ${server}. Start the server there, or correct the backend's URL.`,
      more,
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CodedError(
      'backend.unreachable',
      `The host of ${server} has no address. Check its spelling and your network.`,
      more,
    );
  }
  if (code.startsWith('HPE_')) {
    return new CodedError(
      'backend.bad_response',
      `What answers at ${server} does not speak HTTP. Check the port of the backend's URL.`,
      detailOf(thrown),
    );
  }
  if (/CERT|TLS|SSL|EPROTO|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new CodedError(
      'backend.unreachable',
      `No secure connection to ${server} (${code}). Check http against https, and the server's certificate.`,
      detailOf(thrown),
    );
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new CodedError(
      'backend.unreachable',
      `${server} closed the connection without an answer. Look at the server's log, then try again.`,
      more,
    );
  }
  return new CodedError(
    'backend.unreachable',
    `${server} cannot be reached${code === '' ? '' : ` (${code})`}. Check that it runs and that your network reaches it.`,
    more,
  );
}

/** An answer that began and did not end as it should. */
export const interruptedFailure = (thrown: unknown, server: string): CodedError =>
  thrown instanceof CodedError
    ? thrown
    : new CodedError(
        'backend.interrupted',
        `${server} broke off in the middle of its answer. Look at the server's log, then try again.`,
        { ...detailOf(thrown), retryable: true },
      );

export const timeoutFailure = (ms: number, server: string): CodedError =>
  new CodedError(
    'backend.timeout',
    `${server} did not answer within ${seconds(ms)}. It may be overloaded; try again later or use another backend.`,
    { retryable: true },
  );

export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;

export const badResponse = (server: string, what: string, detail?: string): CodedError =>
  new CodedError(
    'backend.bad_response',
    `${server} ${what}. Check the backend's type and URL.`,
    detail === undefined || detail === '' ? {} : { detail: detail.slice(0, DETAIL_CHARACTERS) },
  );

/** Names no model: the server cannot guess which one is meant. */
export const noModelFailure = (server: string): CodedError =>
  new CodedError('backend.model_not_found', `No model was named for ${server}. Choose one of its models.`);

export const modelNotFound = (server: string, model: string, detail: string): CodedError =>
  new CodedError(
    'backend.model_not_found',
    `${server} has no model "${model}". Choose one that it lists, or install it there.`,
    { detail },
  );

/** An HTTP status that is not success. `message` is the server's own text. */
export function statusFailure(status: number, server: string, message: string): CodedError {
  const more = message === '' ? {} : { detail: message };
  const failure = (text: string, retryable: boolean) =>
    new CodedError('backend.http_status', text, { ...more, retryable });
  const said = message === '' ? '' : `: ${message.slice(0, 200).replace(/[.\s]+$/, '')}`;
  if (status === 401 || status === 403) {
    return failure(
      `${server} refused access (HTTP ${status}). Store its API key in Settings and name it in the backend.`,
      false,
    );
  }
  if (status === 404 || status === 405) {
    return failure(`${server} does not serve this request (HTTP ${status}). Check its type and URL.`, false);
  }
  if (status >= 300 && status < 400) {
    return failure(
      `${server} redirects elsewhere (HTTP ${status}). Give the address it redirects to.`,
      false,
    );
  }
  if (status === 429 || status === 503) {
    return failure(
      `${server} is busy (HTTP ${status})${said}. Try again later, or run fewer jobs at once.`,
      true,
    );
  }
  if (status >= 500) {
    return failure(`${server} failed (HTTP ${status})${said}. Look at its log.`, true);
  }
  return failure(`${server} rejected the request (HTTP ${status})${said}.`, false);
}
