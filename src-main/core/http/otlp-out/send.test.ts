import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { otlpRequestText } from '#core/telemetry/export/otlp.ts';
import { type Answer, status } from '#core/testing/otlp-collector.ts';
import { openCollector } from '#core/testing/otlp-out-bench.ts';
import { type Sent, sendTraces } from './send.ts';

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function answered(answer: Answer): Promise<Sent> {
  const at = await openCollector(cleanUp);
  at.answers.push(answer);
  const url = `${at.url}/v1/traces`;
  const never = new AbortController().signal;
  return sendTraces({ url, headers: {}, compression: 'gzip' }, otlpRequestText([]), never, 300);
}

describe('one request to a collector', () => {
  it.each<[string, Answer]>([
    ['never answers', () => {}],
    ['never ends its answer', (response) => void response.writeHead(200).write('{"partial')],
    [
      'ends its answer in the middle',
      async (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"partial');
        await sleep(20);
        response.destroy();
      },
    ],
  ])('is to be sent again where it %s', async (_, answer) => {
    const sent = await answered(answer);
    expect(sent).toMatchObject({ kind: 'later', failure: { code: 'otlp.unreachable' }, afterMs: null });
  });

  it.each([
    ['7', 7000, 7000],
    [new Date(Date.now() + 60_000).toUTCString(), 50_000, 60_000],
    [new Date(Date.now() - 60_000).toUTCString(), 0, 0],
    ['99999999999', 600_000, 600_000],
    ['soon', null, null],
  ])('is asked for again after "%s"', async (header, least, most) => {
    const sent = await answered(status(503, { 'retry-after': header }));
    if (sent.kind !== 'later') throw new Error(`It was ${sent.kind}.`);
    if (least === null || most === null) expect(sent.afterMs).toBeNull();
    else {
      expect(sent.afterMs).toBeGreaterThanOrEqual(least);
      expect(sent.afterMs).toBeLessThanOrEqual(most);
    }
  });

  it.each([
    ['a web page', '<!doctype html>'],
    ['an answer without an end', `{"a":"${'x'.repeat(1 << 20)}"}`],
    ['a list', '[]'],
    ['partialSuccess of another shape', '{"partialSuccess":"yes"}'],
  ])('was not taken by who answers with %s', async (_, body) => {
    expect(await answered(status(200, {}, body))).toMatchObject({
      kind: 'closed',
      failure: { code: 'otlp.refused', message: expect.stringContaining('not as an OTLP collector does') },
    });
  });

  it('was taken by who leaves everything unsaid', async () => {
    for (const body of ['', ' \n', '{}', '{"partialSuccess":null}', '{"partialSuccess":{}}'])
      expect(await answered(status(200, {}, body))).toEqual({ kind: 'taken', rejectedSpans: 0, message: '' });
  });
});
