const DAY_MS = 86_400_000;

/** The UTC day so many days later, as YYYY-MM-DD; null beyond the years 0 to 9999. */
export function addDays(date: string, days: number): string | null {
  const time = new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS);
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999 ? time.toISOString().slice(0, 10) : null;
}

export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
