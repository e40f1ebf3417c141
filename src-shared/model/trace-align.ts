import type { TraceColumns } from './trace-columns.ts';

/** The steps of n traces laid over one another, in pre-order; a step's parent stands before it. */
export interface AlignedSteps {
  readonly count: number;
  /** Index of the parent step, -1 for a root. */
  readonly parent: Int32Array;
  readonly depth: Uint16Array;
  /** Index after the last step inside: the subtree of i is [i, subtreeEnd[i]). */
  readonly subtreeEnd: Int32Array;
  /** Index into `names`. */
  readonly name: Int32Array;
  /** Place among the siblings of the same name, from 1. */
  readonly ordinal: Int32Array;
  readonly names: readonly string[];
}

interface Like {
  readonly steps: number[];
  /** How many of them the trace being laid over has had so far. */
  trace: number;
  had: number;
}

/**
 * Aligns spans by the path of their names from the root and their place among siblings of the same name; labels,
 * ids and times play no part. A step that only a later trace has comes where that trace has it:
 *
 *   a            b              steps            a   b
 *   job          job            job              0   0
 *     ask          ask            ask            1   1
 *       call         load           load         -   2
 *       call         call           call         2   3
 *     stop         stop             call[2]      3   -
 *                                 stop           4   4
 *
 * Takes time in proportion to the number of spans.
 */
export class StepAlignment {
  private traces = 0;
  private readonly names: string[] = [];
  private readonly nameIds = new Map<string, number>();
  /** By parent and name. */
  private readonly like = new Map<number, Like>();
  private readonly parent: number[] = [];
  private readonly name: number[] = [];
  private readonly ordinal: number[] = [];
  private readonly firstChild: number[] = [];
  private readonly nextSibling: number[] = [];
  /** The child that the trace being laid over had last, and which trace that was. */
  private readonly lastChild: number[] = [];
  private readonly lastTrace: number[] = [];
  private firstRoot = -1;
  private lastRoot = -1;

  get count(): number {
    return this.parent.length;
  }

  /** The step of each span. Numbers are those of arrival: `finish` says where each came to stand. */
  add(trace: TraceColumns): Int32Array {
    const turn = ++this.traces;
    this.lastRoot = -1;
    const names = trace.names.map((name) => this.nameId(name));
    const stepOf = new Int32Array(trace.count);
    for (let i = 0; i < trace.count; i++) {
      const parentSpan = trace.parent[i] as number;
      const parent = parentSpan < 0 ? -1 : (stepOf[parentSpan] as number);
      const name = names[trace.name[i] as number] ?? 0;
      const key = (parent + 1) * 0x1000000 + name;
      let like = this.like.get(key);
      if (like === undefined) {
        like = { steps: [], trace: turn, had: 0 };
        this.like.set(key, like);
      }
      if (like.trace !== turn) {
        like.trace = turn;
        like.had = 0;
      }
      const ordinal = ++like.had;
      const step = like.steps[ordinal - 1] ?? this.insert(like, parent, name, ordinal, turn);
      if (parent < 0) this.lastRoot = step;
      else {
        this.lastChild[parent] = step;
        this.lastTrace[parent] = turn;
      }
      stepOf[i] = step;
    }
    return stepOf;
  }

  /** The steps in pre-order, and where each number of `add` came to stand. */
  finish(): { readonly steps: AlignedSteps; readonly placeOf: Int32Array } {
    const { count } = this;
    const placeOf = new Int32Array(count);
    const parent = new Int32Array(count);
    const depth = new Uint16Array(count);
    const subtreeEnd = new Int32Array(count);
    const name = new Int32Array(count);
    const ordinal = new Int32Array(count);
    let place = 0;
    for (let step = this.firstRoot; step !== -1; ) {
      const up = this.parent[step] as number;
      const upPlace = up === -1 ? -1 : (placeOf[up] as number);
      placeOf[step] = place;
      parent[place] = upPlace;
      depth[place] = upPlace === -1 ? 0 : Math.min(0xffff, (depth[upPlace] as number) + 1);
      name[place] = this.name[step] as number;
      ordinal[place] = this.ordinal[step] as number;
      place++;
      let next = this.firstChild[step] as number;
      for (let at = step; next === -1 && at !== -1; at = this.parent[at] as number) {
        next = this.nextSibling[at] as number;
      }
      step = next;
    }
    for (let i = count - 1; i >= 0; i--) {
      subtreeEnd[i] = Math.max(subtreeEnd[i] as number, i + 1);
      const up = parent[i] as number;
      if (up >= 0) subtreeEnd[up] = Math.max(subtreeEnd[up] as number, subtreeEnd[i] as number);
    }
    return { steps: { count, parent, depth, subtreeEnd, name, ordinal, names: this.names }, placeOf };
  }

  private insert(like: Like, parent: number, name: number, ordinal: number, turn: number): number {
    const step = this.parent.length;
    like.steps.push(step);
    this.parent.push(parent);
    this.name.push(name);
    this.ordinal.push(ordinal);
    this.firstChild.push(-1);
    this.lastChild.push(-1);
    this.lastTrace.push(0);
    const before =
      parent < 0 ? this.lastRoot : this.lastTrace[parent] === turn ? (this.lastChild[parent] as number) : -1;
    if (before >= 0) {
      this.nextSibling.push(this.nextSibling[before] as number);
      this.nextSibling[before] = step;
    } else if (parent < 0) {
      this.nextSibling.push(this.firstRoot);
      this.firstRoot = step;
    } else {
      this.nextSibling.push(this.firstChild[parent] as number);
      this.firstChild[parent] = step;
    }
    return step;
  }

  private nameId(name: string): number {
    let id = this.nameIds.get(name);
    if (id === undefined) {
      id = this.names.push(name) - 1;
      this.nameIds.set(name, id);
    }
    return id;
  }
}

/** `driver.call`, its second like among its siblings `driver.call[2]`. */
export const stepName = ({ names, name, ordinal }: AlignedSteps, i: number): string =>
  `${names[name[i] as number] ?? ''}${(ordinal[i] as number) > 1 ? `[${ordinal[i]}]` : ''}`;

/** Deeper paths than this begin with an ellipsis. */
const PATH_NAMES = 40;

/** `job.execute/agent.ask/driver.call[2]`; of a very deep step the last part of it. */
export function stepPath(steps: AlignedSteps, i: number, most = PATH_NAMES): string {
  const parts: string[] = [];
  let at = i;
  for (; at >= 0 && parts.length < most; at = steps.parent[at] as number) parts.push(stepName(steps, at));
  if (at >= 0 && most === PATH_NAMES) parts.push('…');
  return parts.reverse().join('/');
}
