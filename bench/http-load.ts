import autocannon from 'autocannon';
import { randomUUID } from 'node:crypto';
import { IDENTITY, JOURNEY, LINK, type Journey, type Made } from './journey.ts';

/** Load from a process of its own: `node http-load.ts <url> <no-op|journey> <connections> <seconds>`; prints one line of JSON. */
const [url, what, connections, seconds] = process.argv.slice(2) as [string, string, string, string];

const run = randomUUID().slice(0, 8);
let sent = 0;
let refused = '';

function request(make: (journey: Journey) => Made): autocannon.Request {
  return {
    method: 'POST',
    setupRequest(request, context) {
      const { path, body } = make(context as Journey);
      const headers = {
        'Content-Type': 'application/json',
        'Development-Identity': IDENTITY,
        'Idempotency-Key': `${run}-${++sent}`,
      };
      return { ...request, path, headers, body: JSON.stringify(body) };
    },
    onResponse(status, body, context) {
      if (status >= 300) refused ||= body;
      else Object.assign(context as Journey, JSON.parse(body));
    },
  };
}

const requests =
  what === 'no-op' ? [request(() => ({ path: '/v1/bench/no-op', body: LINK }))] : JOURNEY.map((make) => request(make));
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests,
});
if (refused !== '') throw new Error(refused);
const { p50, p99 } = result.latency;
const failed = result.errors + result.timeouts + result.non2xx;
console.log(JSON.stringify({ perSecond: result['2xx'] / result.duration, p50, p99, failed }));
