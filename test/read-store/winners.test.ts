import { describe, expect, it } from '@jest/globals';
import { winners, type Candidate } from '../../src/projecting/winners.ts';

const candidate = (stream: string, on: string | null, from: string, until: string | null = null): Candidate => ({
  stream,
  key: `${stream} ${on}`,
  values: ['p', on],
  from,
  until,
});
const ON = [1];
const won = (stream: string, on: string | null, from: string, until: string | null) => ({
  key: stream,
  values: ['p', on],
  from,
  until,
});

describe('an election', () => {
  it('is won by the first in order', () => {
    expect(winners([candidate('s1', '2017-02', ''), candidate('s2', '2017-01', '')], ON, false)).toEqual([
      won('s2', '2017-01', '', null),
    ]);
  });

  it('is won by the lower stream where the order is equal, whoever came first', () => {
    const [one, other] = [candidate('s1', '2017-01', ''), candidate('s2', '2017-01', '')];
    expect(winners([other, one], ON, false)).toEqual([won('s1', '2017-01', '', null)]);
    expect(winners([one, other], ON, false)).toEqual([won('s1', '2017-01', '', null)]);
  });

  it('puts null last, whoever came first', () => {
    const [none, dated] = [candidate('s1', null, ''), candidate('s2', '2017-01', '')];
    expect(winners([none, dated], ON, false)).toEqual([won('s2', '2017-01', '', null)]);
    expect(winners([dated, none], ON, false)).toEqual([won('s2', '2017-01', '', null)]);
  });

  it('orders numbers as numbers', () => {
    const with_ = (stream: string, weight: number): Candidate => ({
      ...candidate(stream, null, ''),
      values: ['p', weight],
    });
    expect(winners([with_('s1', 10), with_('s2', 9)], ON, false)[0]!.key).toBe('s2');
  });

  it('goes to the loser from the day the winner is gone', () => {
    const candidates = [candidate('s1', '2017-01', 'd1', 'd3'), candidate('s2', '2017-02', 'd2')];
    expect(winners(candidates, ON, true)).toEqual([won('s1', '2017-01', 'd1', 'd3'), won('s2', '2017-02', 'd3', null)]);
  });

  it('has no winner on days without candidates', () => {
    const candidates = [candidate('s1', '2017-01', 'd1', 'd2'), candidate('s1', '2017-01', 'd3')];
    expect(winners(candidates, ON, true)).toEqual([won('s1', '2017-01', 'd1', 'd2'), won('s1', '2017-01', 'd3', null)]);
  });

  it('is one interval for a winner whose rivals come and go', () => {
    const candidates = [
      candidate('s1', '2017-01', 'd1'),
      candidate('s2', '2017-02', 'd2', 'd4'),
      candidate('s3', '2017-02', 'd3'),
    ];
    expect(winners(candidates, ON, true)).toEqual([won('s1', '2017-01', 'd1', null)]);
  });
});
