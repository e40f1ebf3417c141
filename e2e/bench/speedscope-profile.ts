import { decodeTrace } from '#shared/model/trace-columns.ts';

/**
 * A trace as speedscope's evented profile. Its stacks are strict, so spans that overlap their siblings are laid end to
 * end: the same number of frames, nested as they are in the trace.
 */
export function speedscopeProfile(bytes: ArrayBuffer): string {
  const trace = decodeTrace(bytes);
  const events: { type: 'O' | 'C'; frame: number; at: number }[] = [];
  const open: number[] = [];
  let at = 0;
  const close = (until: number): void => {
    while (open.length > 0 && open.at(-1) !== until) {
      const i = open.pop() as number;
      events.push({ type: 'C', frame: trace.name[i] ?? 0, at: ++at });
    }
  };
  for (let i = 0; i < trace.count; i++) {
    close(trace.parent[i] ?? -1);
    events.push({ type: 'O', frame: trace.name[i] ?? 0, at: ++at });
    open.push(i);
  }
  close(-1);
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: { frames: trace.names.map((name) => ({ name })) },
    profiles: [{ type: 'evented', name: 'bench', unit: 'microseconds', startValue: 0, endValue: at, events }],
  });
}
