import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addDays } from '../src/event-sourcing/days.ts';
import { derivedId } from '../src/event-sourcing/transact.ts';
import { quotaStream } from '../src/quota/quota.events.ts';
import { BenchServer } from './http.ts';
import type { BenchRow } from './row.ts';
import { openSeeded, randomOf } from './seed.ts';

const HEADERS = { 'Development-Identity': 'actor=worker-7; organisation=GM0007; role=MUNICIPAL_CASE_MANAGER' };
const QUESTIONS: readonly [string, string][] = [
  ['case list, soonest term first', '/v1/cases'],
  ['case list, mine', '/v1/cases?list=mine'],
  ['case list, my team', '/v1/cases?list=team'],
  ['case list, unassigned', '/v1/cases?list=unassigned'],
  ['case list, overdue', '/v1/cases?list=overdue'],
  ['case list, one municipality', '/v1/cases?municipality=GM0344'],
  ['case list, one stage, by household size', '/v1/cases?stage=OFFERED&sort=householdSize'],
];

const STANDINGS = '/v1/quota/periods/2016H2/standings';
/** As many as are asked for: each for the first time. */
const PAST_DAYS = 200;

/** First pages, dossiers and standings of the quota over HTTP, one after the other, on a log of so many cases. */
export async function benchReading(cases = 100_000, times = 200): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woonspoor-bench-'));
  try {
    const { caseIds } = await openSeeded(folder, cases, async (log) => {
      for (const { stream, events } of totals()) await log.append(stream, 'no-stream', events);
      await log.close();
    });
    const server = await BenchServer.on(folder);
    try {
      while ((await fetch(`${server.url}/readyz`)).status !== 200) await sleep(200);
      const random = randomOf(42);
      const rows: BenchRow[] = [];
      for (const [what, path] of QUESTIONS) rows.push(await timed(what, times, () => server.url + path, 100));
      const dossier = () => `${server.url}/v1/cases/${caseIds[Math.floor(random() * caseIds.length)]}`;
      rows.push(await timed('dossier', times, dossier, 20));
      rows.push(await timed('timeline', times, () => `${dossier()}/timeline`, 20));
      rows.push(await timed('standing of all municipalities', times, () => server.url + STANDINGS, 20));
      let asked = 0;
      const past = () => `${server.url}${STANDINGS}?asKnownOn=${addDays('2016-12-31', -(asked++ % PAST_DAYS))}`;
      rows.push(await timed('standing of all municipalities, as known on a past day', times, past, 100));
      return rows;
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `limitMs` is the most the 95th percentile should be. */
async function timed(what: string, times: number, url: () => string, limitMs: number): Promise<BenchRow> {
  const latencies: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    const response = await fetch(url(), { headers: HEADERS });
    await response.arrayBuffer();
    latencies.push(performance.now() - began);
    if (response.status !== 200) throw new Error(`${url()} answered ${response.status}`);
  }
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.ceil(share * latencies.length) - 1]!;
  const mean = latencies.reduce((sum, ms) => sum + ms, 0) / times;
  return { what, perSecond: 1000 / mean, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), limit: limitMs };
}

/** Published totals, so that there is something to stand against. */
function totals() {
  return ['2016H1', '2016H2'].map((period) => {
    const id = derivedId(period, 'total');
    const by = { actor: 'bench', role: 'MINISTRY', organisation: 'bench', command: 'bench' };
    const metadata = {
      recordedAt: '2016-01-01T00:00:00.000Z',
      ...by,
      commandId: id,
      correlationId: id,
      causationId: id,
    };
    const data = { period, occurredOn: '2016-01-01', kind: 'FIXED', persons: 20_000, source: null };
    const rules = {
      ...{ period, occurredOn: '2016-01-01', rounding: 'NEAREST', inhabitantsOn: '2016-01-01' },
      ...{ onTrackPercent: 5, reason: null },
    };
    return {
      stream: quotaStream(period),
      events: [
        { id, type: 'NationalTotalPublished', data, metadata },
        { id: derivedId(period, 'rules'), type: 'QuotaRulesSet', data: rules, metadata },
      ],
    };
  });
}
