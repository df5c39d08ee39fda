import autocannon from 'autocannon';
import { randomUUID } from 'node:crypto';

/** Load from a process of its own: `node http-load.ts <url> <no-op|journey> <connections> <seconds>`; prints one line of JSON. */
const [url, what, connections, seconds] = process.argv.slice(2) as [string, string, string, string];

interface Journey {
  caseId?: string;
  personIds?: string[];
  offerId?: string;
}
type Made = { path: string; body: object };

const identity = 'actor=bench; organisation=COA; role=PLACEMENT_COORDINATOR';
const run = randomUUID().slice(0, 8);
let sent = 0;
let refused = '';

const link = { occurredOn: '2016-02-01', municipality: 'GM0363', criteria: ['NETWORK'] };

/** One household from permit to front door: eight commands, each built on what the one before answered. */
const JOURNEY: readonly ((journey: Journey) => Made)[] = [
  () => ({
    path: '/v1/cases',
    body: {
      occurredOn: '2016-01-20',
      permitType: 'ASYLUM_TEMPORARY',
      channel: 'ASYLUM',
      receptionCentre: 'Ter Apel',
      members: [
        { role: 'HOLDER', birthYear: 1985, personal: { name: 'Amal Haddad', alienNumber: '2012345678' } },
        { role: 'PARTNER', birthYear: 1987, personal: { name: 'Samir Haddad', alienNumber: '2012345679' } },
      ],
    },
  }),
  of('municipality-links', () => link),
  of('profile-acceptances', () => ({ occurredOn: '2016-02-02' })),
  of('search-starts', () => ({ occurredOn: '2016-02-03' })),
  of('housing-offers', () => ({
    occurredOn: '2016-03-01',
    municipality: 'GM0363',
    address: { street: 'Voorbeeldstraat', houseNumber: '12', postalCode: '1011AB', city: 'Amsterdam' },
    kind: 'APARTMENT',
    rooms: 3,
    rentCents: 58_000,
    availableFrom: '2016-03-15',
  })),
  (journey) => ({
    path: `/v1/cases/${journey.caseId}/housing-offers/${journey.offerId}/acceptance`,
    body: { occurredOn: '2016-03-04' },
  }),
  of('tenancy-agreements', ({ offerId }) => ({ occurredOn: '2016-03-10', offerId, tenancyStartOn: '2016-03-15' })),
  of('move-ins', ({ offerId, personIds }) => ({
    occurredOn: '2016-03-20',
    personIds,
    housingKind: 'REGULAR',
    municipality: 'GM0363',
    offerId,
  })),
];

function of(step: string, body: (journey: Journey) => object): (journey: Journey) => Made {
  return (journey) => ({ path: `/v1/cases/${journey.caseId}/${step}`, body: body(journey) });
}

function request(make: (journey: Journey) => Made): autocannon.Request {
  return {
    method: 'POST',
    setupRequest(request, context) {
      const { path, body } = make(context as Journey);
      const headers = {
        'Content-Type': 'application/json',
        'Development-Identity': identity,
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
  what === 'no-op' ? [request(() => ({ path: '/v1/bench/no-op', body: link }))] : JOURNEY.map((make) => request(make));
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
