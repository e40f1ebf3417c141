// A driver process that behaves as its first argument says. Speaks RUNE's stdio protocol v1 where it behaves.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [behaviour = 'good', file = ''] = process.argv.slice(2);
const forEver = () => setInterval(() => {}, 1000);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const note = (value) => file !== '' && writeFileSync(file, JSON.stringify(value));

async function readCall() {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return JSON.parse(text.trim());
}

function answer(call, more = {}) {
  if (call.action === 'info') {
    return { status: 'ok', result: { name: 'fake', version: '1', actions: ['ask', 'info'] }, id: call.id };
  }
  const { question = '', model = '' } = call.params;
  const telemetry = {
    tokens: { output: 12, total: 40 },
    latency: [{ phase: 'llm', ms: 5 }, 'not an object'],
    cost_estimate_usd: null,
  };
  const result = {
    answer: `${model || 'no model'}: ${question}`,
    telemetry,
    metadata: { params: call.params },
    ...more,
  };
  return { status: 'ok', result, id: call.id };
}

if (behaviour === 'exit3-at-once') process.exit(3);
if (behaviour === 'early-close') {
  process.stdin.destroy();
  process.exit(0);
}
const call = await readCall();

switch (behaviour) {
  case 'good':
    say(answer(call));
    break;
  case 'noisy':
    process.stdout.write('loading tools ...\n');
    say({ level: 'info', message: 'a log line in JSON' });
    say(answer({ ...call, id: 'another' }));
    say(answer(call));
    process.stdout.write('done {not json}\n');
    break;
  case 'pretty':
    process.stdout.write(`${JSON.stringify(answer(call), null, 2)}\n`);
    break;
  case 'no-id':
    say({ ...answer(call), id: undefined });
    break;
  case 'error':
    say({ status: 'error', error: 'kubectl not found', id: call.id });
    break;
  case 'garbage':
    process.stdout.write('<<< this is not a reply >>>\n');
    break;
  case 'silent':
    process.stderr.write('nothing to say\n');
    break;
  case 'wrong-id':
    say(answer({ ...call, id: 'another' }));
    break;
  case 'deep': {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    process.stdout.write(`{"status": "ok", "result": {"answer": "a", "metadata": {"x": ${deep}}}}\n`);
    break;
  }
  case 'wrong-result':
    say({ status: 'ok', result: ['a', 'list'], id: call.id });
    break;
  case 'no-usage':
    say(answer(call, { telemetry: null }));
    break;
  case 'empty-answer':
    say(answer(call, { answer: '' }));
    break;
  case 'disguised':
    say(answer(call, { answer: 'Error: X_API_KEY not set.' }));
    break;
  case 'artifact-outside':
    say(answer(call, { artifacts: [{ path: '/etc/hostname', kind: 'text' }, 'not an object'] }));
    break;
  case 'artifact': {
    writeFileSync('report.txt', 'kept');
    say(answer(call, { artifacts: [{ path: `${process.cwd()}/report.txt`, kind: 'text' }] }));
    break;
  }
  case 'environment':
    say(answer(call, { metadata: { env: process.env, cwd: process.cwd() } }));
    break;
  // An instrumented agent: sends spans of its own while it works, below what TRACEPARENT names.
  case 'traced': {
    const [, traceId, parentSpanId] = (process.env.TRACEPARENT ?? '').split('-');
    const nanos = (ms) => `${Math.round(ms)}000000`;
    const send = async (spans) => {
      const attributes = [{ key: 'service.name', value: { stringValue: 'fake-agent' } }];
      const response = await fetch(`${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] }),
      });
      if (!response.ok) throw new Error(`the receiver said ${response.status}: ${await response.text()}`);
    };
    const begun = Date.now();
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    await pause(30);
    const model = [
      { key: 'gen_ai.system', value: { stringValue: 'openai' } },
      { key: 'gen_ai.request.model', value: { stringValue: 'fake-4o' } },
      { key: 'gen_ai.usage.prompt_tokens', value: { intValue: '12' } },
    ];
    const at = { traceId, startTimeUnixNano: nanos(begun + 1), endTimeUnixNano: nanos(begun + 20) };
    // Children come first, as exporters send what has ended.
    await send([
      {
        ...at,
        spanId: 'aaaaaaaaaaaaaaa2',
        parentSpanId: 'aaaaaaaaaaaaaaa1',
        name: 'chat fake-4o',
        kind: 3,
        attributes: model,
      },
      {
        ...at,
        spanId: 'aaaaaaaaaaaaaaa3',
        parentSpanId: 'dddddddddddddddd',
        name: 'driver.call',
        status: { code: 2 },
      },
    ]);
    // A test that watches ends the wait by making the file; without one there is nothing to wait for.
    for (let i = 0; file !== '' && !existsSync(file) && i < 500; i++) await pause(20);
    await send([
      {
        traceId,
        spanId: 'aaaaaaaaaaaaaaa1',
        parentSpanId,
        name: 'invoke_agent fake',
        kind: 1,
        startTimeUnixNano: nanos(begun),
        endTimeUnixNano: nanos(Date.now()),
      },
    ]);
    say(answer(call));
    break;
  }
  case 'exit3':
    process.stderr.write('Traceback: connection refused\n');
    process.exit(3);
    break;
  case 'leaky':
    process.stderr.write(`request failed: Authorization: Bearer ${process.env.RUNE_FAKE_API_KEY}\n`);
    process.stderr.write('see https://me:hunter22@vault.example/?x=1\n');
    process.exit(1);
    break;
  // Puts everything it can see into its result, in the shapes in which drivers leave it there.
  case 'confessing': {
    const kubeconfig = readFileSync(process.env.FAKE_KUBECONFIG ?? '', 'utf8');
    const mark = process.env.RUNE_FAKE_API_KEY;
    const seen = {
      variables: Object.entries(process.env).map(([name, value]) => `${name}=${value}`),
      env: process.env,
      kubeconfig,
      dump: `$ cat config\n${kubeconfig}`,
      headers: { 'X-Anything': call.params.question },
      log: [`> Authorization: Bearer ${mark}`, `GET https://me:${mark}@vault.example/?sig=${mark}`],
      config: { api_key: mark, nested: [{ password: mark, text: `--token ${mark}` }] },
      foreign: readFileSync(process.env.FAKE_OTHERS ?? '', 'utf8').split('\n'),
    };
    process.stderr.write(`${JSON.stringify(seen)}\n`);
    say(answer({ ...call, params: {} }, { answer: 'All is well.', metadata: seen }));
    break;
  }
  case 'flood':
    for (;;) {
      if (!process.stdout.write('x'.repeat(65536)))
        await new Promise((done) => process.stdout.once('drain', done));
    }
  case 'hang':
    note({ pid: process.pid });
    forEver();
    break;
  case 'stubborn':
    process.on('SIGTERM', () => {});
    note({ pid: process.pid });
    forEver();
    break;
  // Starts two processes that would live on, one in its group and one that leaves it, and waits.
  case 'family': {
    const child = () => ['-e', 'setInterval(() => {}, 1000)'];
    const near = spawn(process.execPath, child(), { stdio: 'inherit' });
    const far = spawn(process.execPath, child(), { stdio: 'ignore', detached: true });
    note({ pid: process.pid, near: near.pid, far: far.pid });
    forEver();
    break;
  }
  // Answers and ends, and leaves a process behind that holds its stdout open.
  case 'outlived': {
    const near = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    note({ pid: process.pid, near: near.pid });
    say(answer(call));
    near.unref();
    process.exitCode = 0;
    break;
  }
  default:
    process.stderr.write(`no behaviour ${behaviour}\n`);
    process.exit(2);
}
