import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { IDENTITY, JOURNEY, type Journey } from './journey.ts';

/**
 * Load from a process of its own: `node http-open-load.ts <url> <a second> <seconds>` sends so many commands a second, whether those
 * before are answered or not, and prints how long each took from when it was due, in milliseconds, as JSON.
 */
const [url, perSecond, seconds] = process.argv.slice(2) as [string, string, string];

interface Underway extends Journey {
  step: number;
}

const agent = new Agent({ keepAlive: true });
const run = randomUUID().slice(0, 8);
/** Journeys whose last command has been answered. */
const ready: Underway[] = [];
const tookMs: number[] = [];
let sent = 0;

async function send(journey: Underway, due: number): Promise<void> {
  const { path, body } = JOURNEY[journey.step]!(journey);
  const answer = await post(path, JSON.stringify(body));
  tookMs.push(performance.now() - due);
  Object.assign(journey, JSON.parse(answer));
  journey.step++;
  if (journey.step < JOURNEY.length) ready.push(journey);
}

function post(path: string, body: string): Promise<string> {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Development-Identity': IDENTITY,
    'Idempotency-Key': `${run}-${++sent}`,
  };
  return new Promise((resolve, reject) => {
    const sending = request(url + path, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => (response.statusCode! < 300 ? resolve(text) : reject(new Error(text))));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

const every = 1_000 / Number(perSecond);
const began = performance.now();
const answers: Promise<void>[] = [];
for (let due = began; due < began + Number(seconds) * 1_000; due += every) {
  const early = due - performance.now();
  if (early > 0) await sleep(early);
  answers.push(send(ready.shift() ?? { step: 0 }, due));
}
await Promise.all(answers);
agent.destroy();
console.log(JSON.stringify(tookMs));
