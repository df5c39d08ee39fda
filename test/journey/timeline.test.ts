import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { caseHistory } from '../../src/journey/case-history.ts';
import type { CaseEvent } from '../../src/journey/cases.events.ts';
import { timeline } from '../../src/journey/timeline.ts';
import { categoryOf } from '../../src/event-sourcing/event.ts';
import {
  AMINA,
  CASE,
  correction,
  day,
  eventId,
  fact,
  historyOf,
  HOUSED,
  LINKED,
  retraction,
  sealed,
  TILBURG,
  UTRECHT,
} from '../examples.ts';
import { anyLog } from '../random-histories.ts';

const entries = (...events: readonly CaseEvent[]) => timeline(historyOf(...events));
const texts = (...events: readonly CaseEvent[]) => entries(...events).map((one) => one.text.en);

describe('the timeline', () => {
  it('tells the journey in plain language', () =>
    expect(texts(...HOUSED)).toEqual([
      'Permit granted: asylum permit for a fixed period, by way of asylum, for permit holder (1980), partner (1978).',
      'Linked to municipality GM0344 because of study.',
      'Home offered in municipality GM0344: apartment, rooms: 3, rent €650.00, available from 13-03-2017.',
      'The household accepted the home.',
      'The tenancy was signed; it starts on 02-05-2017.',
      'Moved into a home of their own in municipality GM0344: permit holder (1980), partner (1978).',
    ]));
  it('tells it in Dutch too', () =>
    expect(entries(...HOUSED).map((one) => one.text.nl)).toEqual([
      'Vergunning verleend: asielvergunning voor bepaalde tijd, via asiel, voor vergunninghouder (1980), partner (1978).',
      'Gekoppeld aan gemeente GM0344 vanwege opleiding.',
      'Woning aangeboden in gemeente GM0344: appartement, kamers: 3, huur € 650,00, beschikbaar vanaf 13-03-2017.',
      'Het huishouden heeft de woning geaccepteerd.',
      'Het huurcontract is getekend; het gaat in op 02-05-2017.',
      'Verhuisd naar een eigen woning in gemeente GM0344: vergunninghouder (1980), partner (1978).',
    ]));
  it('says which impediment was resolved', () => {
    const last = entries(...LINKED, fact('ImpedimentReported', 12), fact('ImpedimentResolved', 20)).at(-1)!;
    expect(last.text).toEqual({
      en: 'Impediment resolved: no citizen service number.',
      nl: 'Belemmering opgelost: geen BSN.',
    });
  });
  it('shows when it happened and when we were told, by whom and for whom', () =>
    expect(entries(...LINKED, fact('IdentityItemObtained', 4))[1]).toMatchObject({
      eventId: eventId(2),
      revision: 2,
      occurredOn: day(4),
      recordedAt: `${day(9)}T12:00:00.000Z`,
      actor: 'fatima',
      role: 'municipal-case-manager',
      organisation: 'utrecht',
      standing: 'STANDS',
    }));
  it('keeps a corrected fact as it was, with who put it right and why', () => {
    const [, original, put] = entries(
      ...LINKED,
      correction(1, fact('MunicipalityLinked', 9, { municipality: TILBURG })),
    );
    expect(original).toMatchObject({
      standing: 'CORRECTED',
      amendedBy: { eventId: eventId(2), actor: 'fatima', organisation: 'utrecht', reason: sealed(CASE) },
      fact: { type: 'MunicipalityLinked', data: { municipality: UTRECHT } },
    });
    expect(put).toMatchObject({
      standing: 'STANDS',
      about: eventId(1),
      reason: sealed(CASE),
      fact: { data: { municipality: TILBURG } },
      text: { en: 'Corrected; it now says, for 11-01-2017: Linked to municipality GM0855 because of study.' },
    });
  });
  it('keeps a retracted fact as it was, with who took it back and why', () => {
    const [, original, taken] = entries(...LINKED, retraction(1));
    expect(original).toMatchObject({ standing: 'RETRACTED', amendedBy: { eventId: eventId(2), reason: sealed(CASE) } });
    expect(taken).toMatchObject({
      about: eventId(1),
      fact: null,
      text: { en: 'Taken back: Linked to municipality GM0344 because of study.' },
    });
  });
  it('lets a fact stand again whose retraction is retracted', () =>
    expect(entries(...LINKED, retraction(1), retraction(2)).map((one) => one.standing)).toEqual([
      'STANDS',
      'STANDS',
      'RETRACTED',
      'STANDS',
    ]));
  it('shows a fact whose date was corrected where it belongs', () => {
    const told = entries(...LINKED, fact('IdentityItemObtained', 12), correction(2, fact('IdentityItemObtained', 4)));
    expect(told.map((one) => one.type)).toEqual([
      'PermitGranted',
      'IdentityItemObtained',
      'MunicipalityLinked',
      'FactCorrected',
    ]);
  });
  it('shows a reopening before what was done that day', () =>
    expect(
      entries(...LINKED, fact('CaseClosed', 20), fact('CaseReopened', 30), fact('SearchStarted', 30)).map(
        (one) => one.type,
      ),
    ).toEqual(['PermitGranted', 'MunicipalityLinked', 'CaseClosed', 'CaseReopened', 'SearchStarted']));
  it('tells of an erasure without a name', () =>
    expect(
      texts(...LINKED, { type: 'PersonalDataErased', data: { occurredOn: day(50), subjects: [AMINA, CASE] } }).at(-1),
    ).toBe('Personal data erased: permit holder (1980), free text of the case.'));
});

describe('of any case', () => {
  it('the timeline tells every event once, in both languages', () =>
    fc.assert(
      fc.property(anyLog, (log) => {
        const cases = Map.groupBy(
          log.filter((event) => categoryOf(event.stream) === 'case'),
          (event) => event.stream,
        );
        for (const events of cases.values()) {
          const told = timeline(caseHistory(events));
          expect(told.map((one) => one.eventId).toSorted()).toEqual(events.map((event) => event.id).toSorted());
          for (const { text } of told) expect([text.en, text.nl].every((one) => /^[A-Z].*\.$/s.test(one))).toBe(true);
        }
      }),
    ));
  it('the facts that stand in the timeline are the effective history, in its order', () =>
    fc.assert(
      fc.property(anyLog, (log) => {
        const cases = Map.groupBy(
          log.filter((event) => categoryOf(event.stream) === 'case'),
          (event) => event.stream,
        );
        for (const events of cases.values()) {
          const history = caseHistory(events);
          const standing = timeline(history).filter(
            (one) => one.fact !== null && one.about === null && one.standing !== 'RETRACTED',
          );
          expect(standing.map((one) => one.eventId)).toEqual(history.facts.map((one) => one.eventId));
        }
      }),
    ));
});
