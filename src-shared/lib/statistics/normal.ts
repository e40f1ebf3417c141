/** Complementary error function for z >= 2.5: its continued fraction (Abramowitz & Stegun 7.1.14). */
function erfcTail(z: number): number {
  let tail = z;
  for (let n = 60; n >= 1; n--) tail = z + n / 2 / tail;
  return Math.exp(-z * z) / (tail * Math.sqrt(Math.PI));
}

/**
 * Error function, absolute error below 1e-12: its Taylor series near zero, the continued fraction of erfc beyond
 * (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return Number.NaN;
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-16 * sum; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum);
  }
  return Math.sign(x) * (1 - erfcTail(z));
}

/** Probability that a standard normal variable lies in [-z, z]. */
export const centralProbability = (z: number): number => erf(z / Math.SQRT2);

/** P(Z <= z), with relative precision far into the lower tail. */
export function normalCdf(z: number): number {
  const x = z / Math.SQRT2;
  if (x <= -2.5) return erfcTail(-x) / 2;
  return (1 + erf(x)) / 2;
}

/** The z with P(Z <= z) = p, for p in (0, 1); relative error about 1e-16 (Wichura 1988, algorithm AS 241). */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`p must lie between 0 and 1, got ${p}`);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  return Math.sign(q) * (r <= 5 ? ratio(SHOULDER, r - 1.6) : ratio(TAIL, r - 5));
}

/** Coefficients of a rational function, highest power first. */
type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

const CENTRE: Rational = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
    1971.5909503065513, 133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
    687.1870074920579, 42.31333070160091, 1,
  ],
];
const SHOULDER: Rational = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
];
const TAIL: Rational = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
  ],
];

function ratio([numerator, denominator]: Rational, x: number): number {
  const polynomial = (coefficients: readonly number[]): number =>
    coefficients.reduce((sum, c) => sum * x + c, 0);
  return polynomial(numerator) / polynomial(denominator);
}

/** The z whose central probability is 0.8. */
export const Z_80 = 1.2815515655446004;
