import { parentPort, workerData } from 'node:worker_threads';
import { portCollector } from '#core/telemetry/collectors/port.ts';
import { contextFrom } from '#core/telemetry/propagation.ts';
import { span, withContext } from '#core/telemetry/span.ts';
import type { TraceContext } from '#shared/model/span.ts';
import { realClock } from './ports.ts';

/** Records `count` spans under the job it was given, from a thread of its own. */
const { context, count, name } = workerData as { context: TraceContext; count: number; name: string };
if (parentPort === null) throw new Error('this file runs as a worker');
const collector = portCollector(parentPort);
withContext(contextFrom(context, collector, realClock()), () => {
  for (let i = 0; i < count; i++) span(name, { i }, () => i);
});
collector.flush();
