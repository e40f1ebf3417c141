import { InvalidArgumentError } from 'commander';

export const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Give a whole number from ${least}.`);
    return value;
  };
export const seconds = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Give seconds.');
  return value;
};
export const port = (text: string): number => {
  const value = whole(0)(text);
  if (value > 65_535) throw new InvalidArgumentError('Give a port from 0 to 65535.');
  return value;
};
export const percent = (text: string): number => {
  const value = Number(text.replace(/ ?%$/, ''));
  if (text.trim() === '' || !(value > 0 && value <= 100))
    throw new InvalidArgumentError('Give a percentage above 0, up to 100.');
  return value / 100;
};
/** Repeatable; a value may hold commas. */
export const each = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];
/** Repeatable, and comma-separated. */
export const list = (text: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  ...text.split(',').filter((part) => part !== ''),
];
/** A decimal number from 0 on; `what` says of what. */
export const amount =
  (what: string) =>
  (text: string): number => {
    const value = /^\d+(\.\d*)?(e-?\d+)?$|^\.\d+$/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw new InvalidArgumentError(`Give ${what}, 0 or more.`);
    return value;
  };
export const share = (text: string): number => {
  const value = amount('a share from 0 to 1')(text);
  if (value > 1) throw new InvalidArgumentError('Give a share from 0 to 1.');
  return value;
};
/** A day, from its local midnight on, or a moment; as epoch seconds. */
export const moment = (text: string): number => {
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('Give a day such as 2026-11-22, or a moment in ISO 8601.');
  return at / 1000;
};
/** One of these, once: the last of several would silently win. */
export const once =
  <T extends string>(choices: readonly T[]) =>
  (text: string, before: T | undefined): T => {
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw new InvalidArgumentError(`Choose from ${choices.join(', ')}.`);
    if (before !== undefined && before !== chosen)
      throw new InvalidArgumentError(`It is ${before} already: give one of them.`);
    return chosen;
  };
