/** What the API answers instead of doing what it was asked. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

export const invalidArgs = (message: string): Refusal => new Refusal(400, 'invalid_args', message);
