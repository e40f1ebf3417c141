import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, stringify } from 'yaml';
import { chainOfDocument } from '#shared/contract/chain-catalogue.ts';
import { chainRequest, modernise, parseRequest } from '#shared/contract/requests.ts';
import { fillTemplate } from '#shared/lib/template.ts';
import type { ChainEdge, ChainNode } from '#shared/model/chain.ts';
import { toFailure } from '#shared/model/failure.ts';
import type { JsonObject } from '#shared/model/job.ts';

/** What is wrong in the text, or will be when its step's turn comes. */
export interface LineProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly tone: 'error' | 'warning';
}

export interface ChainDocument {
  /** Null while something is wrong with it. */
  readonly request: JsonObject | null;
  readonly problems: readonly LineProblem[];
  /** The steps as they would run; none while the text cannot be read. */
  readonly nodes: readonly ChainNode[];
  readonly edges: readonly ChainEdge[];
}

type Path = readonly PropertyKey[];

/** Reads a chain's text, YAML or JSON, and holds it against the request's schema; each problem has its line. */
export function readChain(text: string): ChainDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const error = (line: number, message: string): LineProblem => ({ line, message, tone: 'error' });
  const nothing = { request: null, nodes: [], edges: [] };
  if (document.errors.length > 0)
    return {
      ...nothing,
      problems: document.errors.map(({ pos, message }) =>
        error(lineAt(pos[0]), message.split(/ at line \d|\n/)[0] ?? message),
      ),
    };
  const lineOf = (path: Path): number => {
    const offset = offsetOf(document, path);
    return offset === null ? 1 : lineAt(offset);
  };
  let body: Record<string, unknown>;
  try {
    body = chainOfDocument(document.toJS({ maxAliasCount: 100 }), 'The document');
  } catch (thrown) {
    return { ...nothing, problems: [error(1, toFailure(thrown).message)] };
  }
  // What came out of RUNE's catalogue stands one level further down.
  const place = (path: Path): Path =>
    document.has('chains') && path[0] === 'steps' ? ['chains', 0, ...path] : path;
  const problems = refusals(body).map(({ path, message }) => error(lineOf(place(path)), message));
  if (problems.length > 0) return { ...nothing, problems };
  const { steps, context } = chainRequest.parse(modernise('chain', body));
  const warnings = steps.flatMap(({ question_template, dependencies }, at): readonly LineProblem[] => {
    const names = [...Object.keys(context), ...dependencies];
    const { missing } = fillTemplate(question_template, new Map(names.map((name) => [name, ''])));
    if (missing.length === 0) return [];
    const wanted = missing.map((name) => `{${name}}`).join(', ');
    return [
      {
        line: lineOf(place(['steps', at, 'question_template'])),
        message: `${wanted} is neither in the context nor a step that this one depends on: the step would fail.`,
        tone: 'warning',
      },
    ];
  });
  return {
    request: JSON.parse(JSON.stringify(body)) as JsonObject,
    problems: warnings,
    nodes: steps.map(({ name, agent }) => ({
      id: name,
      agent_name: agent,
      status: 'pending',
      started_at: null,
      finished_at: null,
      error: null,
    })),
    edges: steps.flatMap(({ name, dependencies }) =>
      [...new Set(dependencies)].map((from) => ({ from, to: name })),
    ),
  };
}

/** A request as text to be edited. */
export const writeChain = (request: JsonObject): string => stringify(request, { lineWidth: 100 });

/** What the engine would refuse, and where in the request. */
function refusals(
  body: Record<string, unknown>,
): readonly { readonly path: Path; readonly message: string }[] {
  try {
    parseRequest('chain', body);
    return [];
  } catch (thrown) {
    const { message } = toFailure(thrown);
    const parsed = chainRequest.safeParse(modernise('chain', body));
    if (
      !parsed.success &&
      parsed.error.issues.length > 0 &&
      Array.isArray(body.steps) &&
      body.steps.length > 0
    )
      return parsed.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => ({ path: [...issue.path, key], message: `There is no field "${key}".` }))
          : [{ path: issue.path, message: `${wordsOf(issue.path)} ${issue.message}`.trim() }],
      );
    return [{ path: stepIn(message, body.steps), message }];
  }
}

/** `steps.2.agent:` of the third step; nothing for the whole. */
const wordsOf = (path: Path): string => {
  const name = path.findLast((part) => typeof part === 'string');
  return name === undefined ? '' : `${String(name)}:`;
};

/** The step that a sentence names first. */
function stepIn(message: string, steps: unknown): Path {
  const number = /^Step (\d+) /.exec(message)?.[1];
  if (number !== undefined) return ['steps', Number(number) - 1];
  const name = /Step "([^"]*)"/i.exec(message)?.[1];
  const at = Array.isArray(steps)
    ? steps.findIndex((step: unknown) => (step as { readonly name?: unknown } | null)?.name === name)
    : -1;
  return at === -1 ? ['steps'] : ['steps', at];
}

/** Where in the text a path stands, or the nearest of what is around it. */
function offsetOf(document: Document.Parsed, path: Path): number | null {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      const start = (pair?.key as Node | undefined)?.range?.[0];
      if (start !== undefined) return start;
    }
    const start = (document.getIn(path.slice(0, length), true) as Node | undefined)?.range?.[0];
    if (start !== undefined) return start;
  }
  return null;
}
