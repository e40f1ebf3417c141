import autocannon from 'autocannon';

// A load generator in a process of its own: `url token connections seconds`; prints its result as JSON.
const [, , url = '', token = '', connections = '16', seconds = '10'] = process.argv;
const headers = { authorization: `Bearer ${token}` };
await autocannon({ url, headers, connections: Number(connections), duration: 2 });
const { requests, latency, non2xx, errors, timeouts } = await autocannon({
  url,
  headers,
  connections: Number(connections),
  duration: Number(seconds),
});
process.stdout.write(
  JSON.stringify({
    rate: requests.average,
    p50: latency.p50,
    p99: latency.p99,
    max: latency.max,
    failed: non2xx + errors + timeouts,
  }),
);
