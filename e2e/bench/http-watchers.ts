import { Agent, get } from 'node:http';

// Readers of one event stream in a process of their own: `url token count`; prints how many events each has received.
const [, , url = '', token = '', count = '1000'] = process.argv;
const agent = new Agent({ maxSockets: Number(count) });

function watch(): Promise<{ readonly events: number; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) {
        reject(new Error(`The stream said ${response.statusCode}.`));
        return;
      }
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ events: text.split('event: log\n').length - 1, ended: text.includes('event: end\n') }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

const seen = await Promise.all(Array.from({ length: Number(count) }, watch));
process.stdout.write(JSON.stringify(seen.map(({ events, ended }) => (ended ? events : -1))));
