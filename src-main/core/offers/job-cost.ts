import type { Spread } from '#shared/model/offers.ts';
import type { Seconds, Usd } from '#shared/model/units.ts';
import { type Draws, makeDraws } from './draws.ts';

/** What one job on one offer is drawn from: medians, prices and chances. */
export interface JobMedians {
  readonly boot_s: Seconds;
  readonly download_s: Seconds;
  readonly load_s: Seconds;
  readonly run_s: Seconds;
  readonly usd_hour: Usd;
  /** What the download of one whole attempt costs. */
  readonly download_usd: Usd;
  /** Chance per second that a machine which has answered is lost. */
  readonly hazard: number;
  /** Chance that a rented machine never answers, and how long that is waited for. */
  readonly no_answer: number;
  readonly no_answer_s: Seconds;
}

export interface JobSpread {
  readonly seconds: Spread;
  readonly usd: Spread;
}

/** Twice as many move no quantile by 2 %; 5,000 offers take a tenth of a second. */
const DRAWS = 256;
/** Beyond this many, an attempt more says nothing new: the offer is hopeless. */
const MOST_ATTEMPTS = 20;

/** A function that draws a job's seconds and dollars: an attempt, and those before it that were lost. */
export function createJobSpread(draws: Draws = makeDraws(DRAWS)): (job: JobMedians) => JobSpread {
  const { n, next } = draws;
  const attempt = new Float64Array(n);
  const seconds = new Float64Array(n);
  const usd = new Float64Array(n);

  return (job) => {
    const { boot_s, download_s, load_s, run_s, hazard, no_answer } = job;
    const usdSecond = job.usd_hour / 3600;
    for (let i = 0; i < n; i++) {
      attempt[i] =
        boot_s * (draws.boot[i] as number) +
        download_s * (draws.download[i] as number) +
        load_s * (draws.load[i] as number) +
        run_s * (draws.run[i] as number);
    }
    let downloadsLost = false;
    for (let i = 0; i < n; i++) {
      let total = attempt[i] as number;
      let downloads = 1;
      let at = next[i] as number;
      for (let lost = 0; lost < MOST_ATTEMPTS; lost++) {
        const whole = attempt[at] as number;
        if (!((draws.loss[at] as number) < hazard * whole)) break;
        const spent = whole * (draws.moment[at] as number);
        total += spent;
        const done =
          (spent - boot_s * (draws.boot[at] as number)) / (download_s * (draws.download[at] as number));
        downloads += Math.min(1, Math.max(0, done));
        downloadsLost = true;
        at = next[at] as number;
      }
      at = i;
      for (let tries = 0; tries < MOST_ATTEMPTS && (draws.no_answer[at] as number) < no_answer; tries++) {
        total += job.no_answer_s;
        at = next[at] as number;
      }
      seconds[i] = total;
      usd[i] = total * usdSecond + downloads * job.download_usd;
    }
    const time = spreadOf(seconds);
    if (downloadsLost) return { seconds: time, usd: spreadOf(usd) };
    const cost = (s: Seconds): Usd => s * usdSecond + job.download_usd;
    return { seconds: time, usd: { p10: cost(time.p10), p50: cost(time.p50), p90: cost(time.p90) } };
  };
}

/** Sorts in place. Quantiles by linear interpolation between order statistics. */
function spreadOf(values: Float64Array): Spread {
  values.sort();
  const at = (p: number): number => {
    const position = (values.length - 1) * p;
    const low = Math.floor(position);
    const below = values[low] as number;
    return below + (position - low) * ((values[Math.min(low + 1, values.length - 1)] as number) - below);
  };
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}
