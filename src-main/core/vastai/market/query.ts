import { z } from 'zod';
import { invalidArgs } from './refusal.ts';

type Row = Readonly<Record<string, unknown>>;

const OPERATORS = ['eq', 'neq', 'gt', 'lt', 'gte', 'lte', 'in', 'notin'] as const;
type Operator = (typeof OPERATORS)[number];
const conditionSchema = z.partialRecord(z.enum(OPERATORS), z.unknown());
const ordering = z.array(z.tuple([z.string().max(64), z.enum(['asc', 'desc'])])).max(16);

/** Which rows meet `{field: {op: value}}`; fields that `knows` does not name are refused. */
export function parseConditions(
  filters: Readonly<Record<string, unknown>>,
  knows: (field: string) => boolean,
): (row: Row) => boolean {
  const tests: ((row: Row) => boolean)[] = [];
  for (const [field, given] of Object.entries(filters)) {
    if (!knows(field)) throw invalidArgs(`unknown field ${field}`);
    const parsed = conditionSchema.safeParse(given);
    if (!parsed.success)
      throw invalidArgs(`${field}: expected {op: value} with op of ${OPERATORS.join(', ')}`);
    for (const [operator, wanted] of Object.entries(parsed.data) as [Operator, unknown][]) {
      if ((operator === 'in' || operator === 'notin') && !Array.isArray(wanted))
        throw invalidArgs(`${field}: ${operator} takes a list`);
      tests.push((row) => meets(field, operator, row[field], wanted));
    }
  }
  return (row) => tests.every((test) => test(row));
}

function meets(field: string, operator: Operator, value: unknown, wanted: unknown): boolean {
  const same = (one: unknown): boolean => equal(field, value, one);
  switch (operator) {
    case 'eq':
      return same(wanted);
    case 'neq':
      return !same(wanted);
    case 'in':
      return (wanted as readonly unknown[]).some(same);
    case 'notin':
      return !(wanted as readonly unknown[]).some(same);
    default: {
      // A field without a value meets no limit.
      const [left, right] = [numeric(value), numeric(wanted)];
      if (left === null || right === null) return false;
      if (operator === 'gt') return left > right;
      if (operator === 'gte') return left >= right;
      return operator === 'lt' ? left < right : left <= right;
    }
  }
}

/** Upstream sends numbers and booleans as text, and they are taken. */
function numeric(value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return Number(/^true$/i.test(value));
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function equal(field: string, value: unknown, wanted: unknown): boolean {
  if (value === wanted) return true;
  if (value === null || value === undefined || wanted === null) return (value ?? null) === wanted;
  // A place is asked for by the country that ends it.
  if (field === 'geolocation') return String(value).endsWith(`, ${String(wanted)}`);
  const [left, right] = [numeric(value), numeric(wanted)];
  return left !== null && left === right;
}

/** Compares by `[[field, direction], ...]`; what has no value comes last. */
export function parseOrder(given: unknown, knows: (field: string) => boolean): (a: Row, b: Row) => number {
  const parsed = ordering.safeParse(given);
  if (!parsed.success) throw invalidArgs('order: expected [[field, "asc" | "desc"], …]');
  for (const [field] of parsed.data) if (!knows(field)) throw invalidArgs(`unknown field ${field}`);
  return (a, b) => {
    for (const [field, direction] of parsed.data) {
      const [left, right] = [a[field] ?? null, b[field] ?? null];
      if (left === right) continue;
      if (left === null) return 1;
      if (right === null) return -1;
      const less =
        typeof left === 'string' && typeof right === 'string' ? left < right : Number(left) < Number(right);
      return less === (direction === 'asc') ? -1 : 1;
    }
    return 0;
  };
}
