/** What a journey has been answered so far. */
export interface Journey {
  caseId?: string;
  personIds?: string[];
  offerId?: string;
}

export interface Made {
  readonly path: string;
  readonly body: object;
}

export const IDENTITY = 'actor=bench; organisation=COA; role=PLACEMENT_COORDINATOR';

export const LINK = { occurredOn: '2016-02-01', municipality: 'GM0363', criteria: ['NETWORK'] };

/** One household from permit to front door: eight commands, each built on what the one before answered. */
export const JOURNEY: readonly ((journey: Journey) => Made)[] = [
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
  of('municipality-links', () => LINK),
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
