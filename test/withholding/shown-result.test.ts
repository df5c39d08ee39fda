import { expect, it, jest } from '@jest/globals';
import { shownResult } from '../../src/withholding/shown-result.ts';
import { measured } from '../../src/bottlenecks/measures.ts';
import { Selection } from '../../src/selections/selection.ts';
import { OwnCases } from '../bottlenecks/own-cases.ts';
import { IDENTITY_ITEMS } from '../../src/journey/cases.events.ts';
import { person, story } from '../views/story.ts';

jest.setTimeout(60_000);

const LEAST = 5;

it('Steps of few cases are not told where none of them hands over, however many they are', async () => {
  const many = Array.from({ length: 10 }, (_, at) => story(`a${at}`).permit('2017-01-01', [person(`a${at}`)]));
  const few = ['b', 'c'].map((caseId) =>
    story(caseId)
      .permit('2017-01-01', [person(caseId)])
      .linked('2017-01-05', 'GM0344')
      .on('2017-01-06', 'SearchStarted', {})
      .housed('2017-01-10', '2017-01-12', '2017-01-13', '2017-01-14')
      .moved('2017-01-15', [caseId]),
  );
  await using cases = await OwnCases.of(...many, ...few);
  const selection = await Selection.of(cases.store, { now: '2017-06-30' });
  const result = await measured(selection, 'handover');
  expect(result).toMatchObject({ steps: 12, handovers: 0, share: 0 });
  expect(await shownResult(selection, 'handover', result, 10)).toMatchObject({
    share: null,
    with: null,
    without: null,
  });
});

it('Loops of few cases are not told, however many they are', async () => {
  const [first, ...items] = IDENTITY_ITEMS;
  const stories = Array.from({ length: 10 }, (_, at) => {
    const of = story(`a${at}`)
      .permit('2017-01-01', [person(`a${at}`)])
      .on('2017-01-02', 'IdentityItemObtained', { personId: `a${at}`, item: first })
      .linked('2017-01-03', 'GM0344');
    // Ten come back to it, and three go on with it.
    for (const item of at < 3 ? items : items.slice(0, 1))
      of.on('2017-01-04', 'IdentityItemObtained', { personId: `a${at}`, item });
    return of;
  });
  await using cases = await OwnCases.of(...stories);
  const selection = await Selection.of(cases.store, { now: '2017-06-30' });
  const result = await measured(selection, 'rework');
  const loops = 3 * (items.length - 1);
  expect(result.IdentityItemObtained).toMatchObject({ cases: 10, selfLoops: loops, repetitions: 10 });
  expect(loops).toBeGreaterThanOrEqual(LEAST);
  const shown = await shownResult(selection, 'rework', result, LEAST);
  expect(shown!.IdentityItemObtained).toMatchObject({ cases: 10, selfLoops: null, repetitions: null });
});
