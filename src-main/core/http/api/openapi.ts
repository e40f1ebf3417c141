import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import * as shapes from './shapes.ts';

type Json = Readonly<Record<string, unknown>>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): unknown => {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // A client that was made of the document must take answers with members that are newer than it.
    override: ({ jsonSchema }) => {
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
  return json;
};

const paramsIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

function parameters({ path, query }: Endpoint): Json[] {
  const inPath = paramsIn(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', maxLength: 128 },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema as z.ZodType, 'input'),
  }));
  return [...inPath, ...inQuery];
}

const content = (type: string, schema: z.ZodType | undefined, io: 'input' | 'output'): Json => ({
  [type]: schema === undefined ? {} : { schema: schemaOf(schema, io) },
});

function operation(row: Endpoint): Json {
  const answers = Object.fromEntries(
    row.answers.map(({ status, about, schema, type }) => [
      String(status),
      {
        description: about,
        content: content(type ?? 'application/json', status >= 400 ? shapes.error : schema, 'output'),
      },
    ]),
  );
  return {
    tags: [row.tag],
    summary: row.summary,
    operationId: operationId(row),
    parameters: parameters(row),
    ...(row.body === null
      ? {}
      : { requestBody: { content: content('application/json', row.body, 'input') } }),
    responses: {
      ...answers,
      ...(row.open === true
        ? {}
        : {
            '401': { description: 'no token, or one that is not known', content: ERROR },
            '429': { description: 'too many requests: come again after Retry-After', content: ERROR },
          }),
    },
    security: row.open === true ? [] : [{ bearer: [] }, { key: [] }],
  };
}

const ERROR = content('application/json', shapes.error, 'output');
const operationId = ({ methods, path }: Endpoint): string =>
  `${methods[0].toLowerCase()}${path.replace(/[/{}_-]+(\w?)/g, (_all, letter: string) => letter.toUpperCase())}`;

/** The table of endpoints as an OpenAPI 3.1 document. */
export function openApi(table: readonly Endpoint[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const row of table) {
    const at = paths[row.path] ?? {};
    at[row.methods[0].toLowerCase()] = operation(row);
    paths[row.path] = at;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: "Runescope: RUNE's HTTP API",
      version,
      description:
        'Made for the clients of rune-api, as they are. Every refusal is {"error": text}, most with a code beside it. PUT and PATCH stand for POST.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}
