import { describe, expect, it } from 'vitest';
import { recordSpans } from '#core/testing/recorded-spans.ts';
import { currentTraceContext, parseTraceparent } from './propagation.ts';
import { span } from './span.ts';

describe('the trace context as a value', () => {
  it('names the open span as the parent and carries job and tenant', async () => {
    const { value, spans } = await recordSpans(async () => span('a', {}, () => currentTraceContext()));
    expect(value).toEqual({
      traceparent: `00-${spans[0]?.trace_id}-${spans[0]?.span_id}-01`,
      job_id: spans[0]?.job_id,
      tenant_id: 'default',
    });
    expect(parseTraceparent(value?.traceparent ?? '')).toEqual({
      trace_id: spans[0]?.trace_id,
      span_id: spans[0]?.span_id,
      sampled: true,
    });
  });

  it('is null where nothing is recorded', () => {
    expect(currentTraceContext()).toBeNull();
  });

  it('is read as W3C says: later versions by their known parts, malformed ones not at all', () => {
    const ids = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';
    expect(parseTraceparent(`00-${ids}-00`)).toMatchObject({ sampled: false });
    expect(parseTraceparent(`01-${ids}-01-more`)).not.toBeNull();
    for (const bad of [
      '',
      `ff-${ids}-01`,
      `00-${ids}-01-more`,
      `00-${ids.toUpperCase()}-01`,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
      `00-${ids}`,
    ]) {
      expect(parseTraceparent(bad), bad).toBeNull();
    }
  });
});
