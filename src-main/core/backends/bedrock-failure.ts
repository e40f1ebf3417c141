import { abortFailure, CodedError } from '#shared/model/failure.ts';
import {
  badResponse,
  interruptedFailure,
  modelNotFound,
  networkFailure,
  statusFailure,
  timeoutFailure,
} from './failures.ts';
import type { Patience } from './http-call.ts';

export interface BedrockCall {
  readonly server: string;
  readonly signal: AbortSignal;
  readonly patience: Patience;
  readonly model?: string;
  /** Part of the answer is here already. */
  readonly streaming?: boolean;
}

/** What a thrown value of the SDK tells, whatever its class. */
interface Seen {
  readonly name: string;
  readonly message: string;
  readonly errno: string;
  readonly status: number;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

function see(thrown: unknown): Seen {
  const error = record(thrown);
  const status = record(error.$metadata).httpStatusCode ?? record(error.$response).statusCode;
  const { code } = error;
  return {
    name: typeof error.name === 'string' ? error.name : '',
    message: thrown instanceof Error ? thrown.message : String(thrown),
    errno: typeof code === 'string' ? code : '',
    status: typeof status === 'number' ? status : 0,
  };
}

const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)$/;
const REFUSED =
  /^(AccessDeniedException|UnrecognizedClientException|InvalidSignatureException|IncompleteSignatureException|MissingAuthenticationTokenException|ExpiredTokenException|NotAuthorized)$/;
const NO_MODEL = /model identifier is invalid|could not resolve the foundation model|no such model/i;
const PROFILE_ONLY = /on-demand throughput/i;
/** Status of exceptions that come inside a stream, where there is none. */
const STREAM_STATUS: Readonly<Record<string, number>> = {
  ThrottlingException: 429,
  ServiceUnavailableException: 503,
  ModelTimeoutException: 408,
  ValidationException: 400,
};

/** Whatever a call threw, as a failure that says what is wrong and what to change. */
export function bedrockFailure(thrown: unknown, call: BedrockCall): CodedError {
  if (thrown instanceof CodedError) return thrown;
  if (call.signal.aborted) return abortFailure(call.signal);
  const seen = see(thrown);
  const { server } = call;
  if (NO_CREDENTIALS.test(seen.name)) return noCredentials(server, seen.message);
  const said = fromService(seen, call);
  if (said !== null) return said;
  // The SDK calls a reset connection a timeout, too.
  if (seen.name === 'TimeoutError' && seen.errno !== 'ECONNRESET')
    return timeoutFailure(call.patience.connectMs, server);
  if (call.streaming === true) return interruptedFailure(thrown, server);
  if (seen.errno !== '') return networkFailure(thrown, server);
  return badResponse(server, 'does not answer as Bedrock does', seen.message);
}

const noCredentials = (server: string, detail: string): CodedError =>
  new CodedError(
    'backend.no_credentials',
    `No AWS credentials were found for ${server}. Choose a secret that holds them in Settings, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    { detail: detail.slice(0, 500) },
  );

function fromService(seen: Seen, call: BedrockCall): CodedError | null {
  const { name, message, status } = seen;
  const { server, model = '' } = call;
  if (REFUSED.test(name)) return refused(seen, server, model);
  if (model !== '' && (name === 'ResourceNotFoundException' || NO_MODEL.test(message)))
    return modelNotFound(server, model, message);
  if (PROFILE_ONLY.test(message))
    return new CodedError(
      'backend.model_not_found',
      `"${model}" is served through an inference profile only. Choose the one that is listed, such as "us.${model}".`,
      { detail: message },
    );
  if (name === 'ModelTimeoutException' || status === 408)
    return new CodedError(
      'backend.timeout',
      `${server} gave up on "${model}": the model took too long. Ask for a shorter answer, or try again later.`,
      { detail: message, retryable: true },
    );
  if (name === 'ModelStreamErrorException' || (call.streaming === true && /Exception$/.test(name)))
    return interruptedFailure(thrownIn(seen), server);
  const known = status >= 300 ? status : (STREAM_STATUS[name] ?? 0);
  return known === 0 ? null : statusFailure(known, server, message);
}

const thrownIn = ({ name, message }: Seen): Error => new Error(message === '' ? name : `${name}: ${message}`);

function refused({ name, message }: Seen, server: string, model: string): CodedError {
  const remedy =
    name === 'AccessDeniedException' && model !== ''
      ? `allow bedrock:InvokeModelWithResponseStream for "${model}" and request access to it in the AWS console`
      : name === 'ExpiredTokenException'
        ? 'sign in again: the session has expired'
        : 'check the key and its secret, the permission bedrock:ListFoundationModels and the clock of this machine';
  return new CodedError('backend.http_status', `${server} refused access (${name}): ${remedy}.`, {
    detail: message,
  });
}
