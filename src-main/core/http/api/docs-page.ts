import type { Endpoint } from './endpoint.ts';

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const anchor = ({ methods, path }: Endpoint): string =>
  `${methods[0]}-${path}`.replace(/[^A-Za-z0-9]+/g, '-');

function rows(row: Endpoint): string {
  const query = Object.keys(row.query?.shape ?? {});
  const answers = row.answers
    .map(({ status, about }) => `<li><code>${status}</code> ${escaped(about)}</li>`)
    .join('');
  return `<section id="${anchor(row)}"><h3><b>${row.methods.join(' · ')}</b> <code>${escaped(row.path)}</code></h3>
<p>${escaped(row.summary)}${row.open === true ? ' <em>Needs no token.</em>' : ''}</p>
${query.length === 0 ? '' : `<p>Query: ${query.map((name) => `<code>${escaped(name)}</code>`).join(', ')}</p>`}
<ul>${answers}</ul></section>`;
}

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
code{font-family:ui-monospace,monospace}h2{text-transform:capitalize;border-bottom:1px solid #8886}h3{font-weight:400;margin-bottom:0}
section{margin:1rem 0}nav a{margin-right:1rem}`;

/** The table of endpoints as a page that a person reads: no script, nothing loaded. */
export function docsPage(table: readonly Endpoint[], version: string): string {
  const tags = [...new Set(table.map(({ tag }) => tag))];
  const groups = tags.map(
    (tag) =>
      `<h2 id="${tag}">${tag}</h2>${table
        .filter((row) => row.tag === tag)
        .map(rows)
        .join('\n')}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>RUNE's HTTP API in Runescope</title><style>${STYLE}</style></head><body>
<h1>RUNE's HTTP API</h1>
<p>Runescope ${escaped(version)} answers RUNE's clients as rune-api does. Send a token as <code>Authorization: Bearer</code>
or <code>X-API-Key</code>; it belongs to one tenant. Every refusal is <code>{"error": text}</code>.
The same for programs: <a href="/v1/openapi.json">openapi.json</a>.</p>
<nav>${tags.map((tag) => `<a href="#${tag}">${tag}</a>`).join('')}</nav>
${groups.join('\n')}
</body></html>
`;
}

/** The page's own styles and nothing else. */
export const DOCS_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
